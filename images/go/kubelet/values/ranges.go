package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/validation"
)

// span is a range of integers, both ends included.
type span struct{ from, to int64 }

const most = 1<<31 - 1

// ports are fields of pods. Of those that can be left out, zero is as good as nothing.
var ports = map[string]span{
	"ContainerPort.containerPort": {1, 65535}, "ContainerPort.hostPort": {0, 65535}, "GRPCAction.port": {1, 65535},
	"HTTPGetAction.port": {1, 65535}, "TCPSocketAction.port": {1, 65535},
}

// ranges are those of the kubelet's own checks, which each run of this program asks again.
var ranges = map[string]span{
	"containerLogMaxFiles": {2, most}, "containerLogMaxWorkers": {1, most}, "eventBurst": {0, most}, "eventRecordQPS": {0, most},
	"imageGCHighThresholdPercent": {0, 100}, "imageGCLowThresholdPercent": {0, 100}, "iptablesDropBit": {0, 31},
	"iptablesMasqueradeBit": {0, 31}, "kubeAPIBurst": {0, most}, "kubeAPIQPS": {0, most}, "maxPods": {0, most},
	"nodeLeaseDurationSeconds": {1, most}, "nodeStatusMaxImages": {-1, most}, "oomScoreAdj": {-1000, 1000}, "podsPerCore": {0, most},
	"port": {1, 65535}, "readOnlyPort": {0, 65535}, "registryBurst": {0, most}, "registryPullQPS": {0, most},
}

func refineRanges(definitions map[string]*schema) {
	for place, span := range ports {
		name, field, _ := strings.Cut(place, ".")
		limit(definitions[name].Properties[field], span)
	}
	for field, span := range ranges {
		if isRefused(field, span.from) || !isRefused(field, span.from-1) || span.to < most && !isRefused(field, span.to+1) {
			panic(fmt.Sprintf("%s has another range than %v", field, span))
		}
		limit(definitions["KubeletConfiguration"].Properties[field], span)
	}
}

// limit names both ends where the type alone would allow more.
func limit(of *schema, span span) {
	of.Minimum = &span.from
	if span.to < most {
		of.Maximum = &span.to
	}
}

// isRefused runs the kubelet's check of a configuration on the value of one field. What it reports
// about two fields together, or of the machine that this program runs on, does not count.
func isRefused(name string, value int64) bool {
	config := configWithDefaults()
	field := reflect.ValueOf(config).Elem().FieldByNameFunc(func(own string) bool { return strings.EqualFold(own, name) })
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	field.SetInt(value)
	config.ContainerRuntimeEndpoint = "unix:///run/containerd/containerd.sock"
	found, _ := validation.ValidateKubeletConfiguration(config, utilfeature.DefaultFeatureGate).(utilerrors.Aggregate)
	if found == nil {
		return false
	}
	return slices.ContainsFunc(found.Errors(), func(err error) bool {
		return strings.Contains(err.Error(), fmt.Sprintf(" %s ", name)) && !strings.Contains(err.Error(), "must be less than")
	})
}
