package main

import (
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	_ "k8s.io/kubernetes/cmd/kubelet/app" // registers the feature gates of the kubelet and of its libraries
)

// gate is a feature gate of this version. A locked one cannot be given another value than its default.
type gate struct {
	Default bool   `json:"default"`
	Locked  bool   `json:"locked,omitempty"`
	Stage   string `json:"stage"`
}

func featureGates() map[string]gate {
	gates := map[string]gate{}
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		gates[string(name)] = gate{spec.Default, spec.LockToDefault, stageOf(spec)}
	}
	return gates
}

func stageOf(spec featuregate.FeatureSpec) string {
	if spec.PreRelease == featuregate.GA {
		return "GA"
	}
	return string(spec.PreRelease)
}
