package main

import (
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm/cpumanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/topologymanager"
	evictionapi "k8s.io/kubernetes/pkg/kubelet/eviction/api"
	"k8s.io/kubernetes/pkg/kubelet/stats/pidlimit"
	kubelettypes "k8s.io/kubernetes/pkg/kubelet/types"
)

// refineKubelet adds to the strings and maps of a KubeletConfiguration what the kubelet's own checks require and its types do not.
func refineKubelet(definitions map[string]*schema) {
	words := func(words ...string) *schema { return &schema{Type: "string", Enum: sorted(words)} }
	list := func(items *schema) *schema { return &schema{Type: "array", Items: items} }
	text := func(format string) *schema { return &schema{Type: "string", Format: format} }
	mapOf := func(keys []string, values *schema) *schema {
		return &schema{Type: "object", PropertyNames: &schema{Enum: sorted(keys)}, AdditionalProperties: values}
	}
	reservable := []string{
		string(corev1.ResourceCPU), string(corev1.ResourceMemory), string(corev1.ResourceEphemeralStorage), string(pidlimit.PIDs),
	}
	for place, wanted := range map[string]*schema{
		"KubeletConfiguration.address":                 text("ip"),
		"KubeletConfiguration.clusterDNS":              list(text("ip")),
		"KubeletConfiguration.containerLogMaxSize":     text("quantity"),
		"KubeletConfiguration.cpuManagerPolicy":        words(string(cpumanager.PolicyNone), string(cpumanager.PolicyStatic)),
		"KubeletConfiguration.cpuManagerPolicyOptions": mapOf(cpuManagerOptions, text("boolean")),
		"KubeletConfiguration.enforceNodeAllocatable":  list(words(enforcements...)),
		"KubeletConfiguration.evictionHard":            mapOf(signals(), text("eviction-threshold")),
		"KubeletConfiguration.evictionMinimumReclaim":  mapOf(signals(), text("quantity-or-percent")),
		"KubeletConfiguration.evictionSoft":            mapOf(signals(), text("eviction-threshold")),
		"KubeletConfiguration.evictionSoftGracePeriod": mapOf(signals(), text("duration")),
		"KubeletConfiguration.hairpinMode":             words(kubeletconfig.HairpinNone, kubeletconfig.HairpinVeth, kubeletconfig.PromiscuousBridge),
		"KubeletConfiguration.kubeReserved":            mapOf(reservable, text("quantity")),
		"KubeletConfiguration.memoryManagerPolicy":     words(kubeletv1beta1.NoneMemoryManagerPolicy, kubeletv1beta1.StaticMemoryManagerPolicy),
		"KubeletConfiguration.podCIDR":                 text("cidrs"),
		"KubeletConfiguration.qosReserved":             mapOf([]string{string(corev1.ResourceMemory)}, text("percent")),
		"KubeletConfiguration.reservedSystemCPUs":      text("cpus"),
		"KubeletConfiguration.systemReserved":          mapOf(reservable, text("quantity")),
		"KubeletConfiguration.tlsCipherSuites":         list(words(cliflag.TLSCipherPossibleValues()...)),
		"KubeletConfiguration.tlsMinVersion":           words(cliflag.TLSPossibleVersions()...),
		"KubeletConfiguration.topologyManagerPolicy":   words(topologyPolicies...),
		"KubeletConfiguration.topologyManagerScope":    words(kubeletconfig.ContainerTopologyManagerScope, kubeletconfig.PodTopologyManagerScope),
		"LoggingConfiguration.format":                  words(logsapi.DefaultLogFormat, logsapi.JSONLogFormat),
		"MemorySwapConfiguration.swapBehavior":         words(string(kubelettypes.NoSwap), string(kubelettypes.LimitedSwap)),
		"KubeletConfiguration.topologyManagerPolicyOptions": mapOf(
			[]string{topologymanager.PreferClosestNUMANodes, topologymanager.MaxAllowableNUMANodes}, &schema{Type: "string"}),
	} {
		name, field, _ := strings.Cut(place, ".")
		known := definitions[name].Properties[field]
		if known == nil || known.Type != wanted.Type {
			panic(place + " is not what it was")
		}
		definitions[name].Properties[field] = wanted
	}
}

// refineResources names what a container can ask for. Volumes have a list of their own, and need an API server anyway.
func refineResources(definitions map[string]*schema) {
	for _, list := range []*schema{
		definitions["ResourceRequirements"].Properties["limits"], definitions["ResourceRequirements"].Properties["requests"],
		definitions["PodSpec"].Properties["overhead"],
	} {
		list.PropertyNames = resourceNames()
	}
}

var cpuManagerOptions = []string{
	cpumanager.FullPCPUsOnlyOption, cpumanager.DistributeCPUsAcrossNUMAOption, cpumanager.AlignBySocketOption,
	cpumanager.DistributeCPUsAcrossCoresOption, cpumanager.StrictCPUReservationOption, cpumanager.PreferAlignByUnCoreCacheOption,
}

var enforcements = []string{
	kubelettypes.NodeAllocatableEnforcementKey, kubelettypes.NodeAllocatableNoneKey,
	kubelettypes.SystemReservedEnforcementKey, kubelettypes.SystemReservedCompressibleEnforcementKey,
	kubelettypes.KubeReservedEnforcementKey, kubelettypes.KubeReservedCompressibleEnforcementKey,
}

var topologyPolicies = []string{
	kubeletconfig.NoneTopologyManagerPolicy, kubeletconfig.BestEffortTopologyManagerPolicy,
	kubeletconfig.RestrictedTopologyManagerPolicy, kubeletconfig.SingleNumaNodeTopologyManagerPolicy,
}

// signals are the names of what an eviction can wait for.
func signals() []string {
	names := []string{}
	for signal := range evictionapi.OpForSignal {
		names = append(names, string(signal))
	}
	return names
}

// resourceNames are those that a container can have without a prefix. Others are known only to the one who offers them.
func resourceNames() *schema {
	return &schema{Format: "resource-name", Examples: []string{
		string(corev1.ResourceCPU), string(corev1.ResourceEphemeralStorage), string(corev1.ResourceMemory),
	}}
}

func sorted(words []string) []string {
	sort.Strings(words)
	return words
}
