// Command storage-driver is a CSI driver for the tests: a volume is a folder of the node's disk. It does with a node what drivers of
// clouds do: it registers with the kubelet through the folder of plugins, and mounts into the folders of pods from inside a pod.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func main() {
	name := flag.String("name", "", "name of the driver")
	node := flag.String("node", "", "name of the node, which is its id for the driver")
	plugins := flag.String("plugins", "", "folder of the driver's socket, by the same path as on the node")
	registry := flag.String("registry", "", "folder in which the kubelet looks for new plugins")
	volumes := flag.String("volumes", "", "folder that has a folder for each volume")
	flag.Parse()
	if err := run(*name, *node, *plugins, *registry, *volumes); err != nil {
		log.Fatal(err)
	}
}

func run(name, node, plugins, registry, volumes string) error {
	endpoint := filepath.Join(plugins, "csi.sock")
	served := make(chan error, 2)
	serve := func(socket string, register func(*grpc.Server)) (*grpc.Server, error) {
		if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		listener, err := net.Listen("unix", socket)
		if err != nil {
			return nil, err
		}
		server := grpc.NewServer()
		register(server)
		go func() { served <- server.Serve(listener) }()
		return server, nil
	}
	driver, err := serve(endpoint, func(server *grpc.Server) {
		csi.RegisterIdentityServer(server, identity{name: name})
		csi.RegisterNodeServer(server, nodeServer{node: node, volumes: volumes})
	})
	if err != nil {
		return err
	}
	// Only now, because the kubelet asks the driver as soon as it sees this one.
	registrar, err := serve(filepath.Join(registry, name+"-reg.sock"), func(server *grpc.Server) {
		registration.RegisterRegistrationServer(server, registrar{name: name, endpoint: endpoint})
	})
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	select {
	case err := <-served:
		return err
	case <-stop:
		registrar.Stop()
		driver.Stop()
		return nil
	}
}

type registrar struct {
	registration.UnimplementedRegistrationServer
	name, endpoint string
}

func (r registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              r.name,
		Endpoint:          r.endpoint,
		SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r registrar) NotifyRegistrationStatus(_ context.Context, answer *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !answer.PluginRegistered {
		log.Fatalf("the kubelet refuses the driver: %s", answer.Error)
	}
	log.Print("the kubelet has registered the driver")
	return &registration.RegistrationStatusResponse{}, nil
}

type identity struct {
	csi.UnimplementedIdentityServer
	name string
}

func (i identity) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: i.name, VendorVersion: "1"}, nil
}

func (identity) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	return &csi.GetPluginCapabilitiesResponse{}, nil
}

func (identity) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{}, nil
}

type nodeServer struct {
	csi.UnimplementedNodeServer
	node, volumes string
}

func (n nodeServer) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.node}, nil
}

func (nodeServer) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{}, nil
}

func (n nodeServer) NodePublishVolume(_ context.Context, wanted *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	id, target := wanted.VolumeId, wanted.TargetPath
	if id == "" || id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return nil, status.Errorf(codes.InvalidArgument, "the volume id %q is not the name of a folder", id)
	}
	if wanted.VolumeCapability.GetMount() == nil {
		return nil, status.Error(codes.InvalidArgument, "a volume is a folder and can only be mounted")
	}
	folder := filepath.Join(n.volumes, id)
	mounted, err := isMounted(target)
	if err != nil || mounted {
		return &csi.NodePublishVolumeResponse{}, err
	}
	for _, path := range []string{folder, target} {
		if err := os.MkdirAll(path, 0o777); err != nil {
			return nil, status.Error(codes.Internal, err.Error())
		}
	}
	if err := unix.Mount(folder, target, "", unix.MS_BIND, ""); err != nil {
		return nil, status.Errorf(codes.Internal, "%s is not mounted at %s: %v", folder, target, err)
	}
	if wanted.Readonly {
		if err := unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			return nil, status.Errorf(codes.Internal, "%s does not become read-only: %v", target, err)
		}
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (nodeServer) NodeUnpublishVolume(_ context.Context, wanted *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	target := wanted.TargetPath
	mounted, err := isMounted(target)
	if err != nil {
		return nil, err
	}
	if mounted {
		if err := unix.Unmount(target, 0); err != nil {
			return nil, status.Errorf(codes.Internal, "%s is not unmounted: %v", target, err)
		}
	}
	if err := os.Remove(target); err != nil && !os.IsNotExist(err) {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

// A call may come again although the first was carried out, so what is there already is not a failure.
func isMounted(target string) (bool, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false, status.Error(codes.Internal, err.Error())
	}
	return strings.Contains(string(table), fmt.Sprintf(" %s ", target)), nil
}
