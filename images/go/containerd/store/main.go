// Command store makes the folder in which containerd keeps its images, with the images of some archives in it, unpacked:
// what `ctr images import` leaves behind. containerd's own packages write it, no daemon runs and nothing is mounted, so that
// the build needs no privileges. The same archives give the same bytes.
//
//	store FOLDER PINNED ARCHIVE...
//
// PINNED names the image that the kubelet must never remove.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/images/archive"
	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/core/snapshots"
	layers "github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/opencontainers/image-spec/identity"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	bolt "go.etcd.io/bbolt"
)

const (
	contentFolder     = "io.containerd.content.v1.content"
	metadataFile      = "io.containerd.metadata.v1.bolt/meta.db"
	snapshotterFolder = "io.containerd.snapshotter.v1.overlayfs"
	snapshotter       = "overlayfs"
	// Where init looks for the SHA-256 of an archive before it imports one.
	marksFolder = "keel-imported"
)

// store is containerd's own, opened without containerd.
type store struct {
	database *metadata.DB
	pinned   string
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: store FOLDER PINNED ARCHIVE...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintf(os.Stderr, "store: %s\n", err)
		os.Exit(1)
	}
}

func run(folder, pinned string, archives []string) error {
	if err := fill(folder, pinned, archives); err != nil {
		return err
	}
	if err := settle(filepath.Join(folder, metadataFile), nil); err != nil {
		return err
	}
	unpacked := filepath.Join(folder, snapshotterFolder)
	return settle(filepath.Join(unpacked, "metadata.db"), func(id uint64) (int64, error) {
		return sizeOf(filepath.Join(unpacked, "snapshots", strconv.FormatUint(id, 10), "fs"))
	})
}

func fill(folder, pinned string, archives []string) (err error) {
	path := filepath.Join(folder, metadataFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	contents, err := local.NewStore(filepath.Join(folder, contentFolder))
	if err != nil {
		return err
	}
	unpacked, err := overlay.NewSnapshotter(filepath.Join(folder, snapshotterFolder))
	if err != nil {
		return err
	}
	defer closeAlso(unpacked, &err)
	file, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	defer closeAlso(file, &err)
	ctx := namespaces.WithNamespace(context.Background(), "k8s.io")
	database := metadata.NewDB(file, contents, map[string]snapshots.Snapshotter{snapshotter: unpacked})
	if err := database.Init(ctx); err != nil {
		return err
	}
	into := store{database, pinned}
	for _, archive := range archives {
		if err := into.add(ctx, archive); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		if err := mark(filepath.Join(folder, marksFolder), archive); err != nil {
			return err
		}
	}
	// The archives' indexes go, and so would whatever is not held as containerd wants it held.
	_, err = database.GarbageCollect(ctx)
	return err
}

// add takes every image of an archive that has a name.
func (s store) add(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	contents := s.database.ContentStore()
	found, err := archive.ImportIndex(ctx, contents, file)
	if err != nil {
		return err
	}
	manifests, err := images.Children(ctx, contents, found)
	if err != nil {
		return err
	}
	for _, manifest := range manifests {
		name, ok := manifest.Annotations[images.AnnotationImageName]
		if !ok {
			return fmt.Errorf("the image %s has no name", manifest.Digest)
		}
		if err := s.addImage(ctx, name, manifest); err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
	}
	return nil
}

// addImage unpacks an image, and names it as containerd's part for the kubelet would: by its name and by its config's digest.
func (s store) addImage(ctx context.Context, name string, target ocispec.Descriptor) error {
	contents := s.database.ContentStore()
	keep := images.SetChildrenLabels(contents, images.ChildrenHandler(contents))
	if err := images.Walk(ctx, keep, target); err != nil {
		return err
	}
	manifest, err := images.Manifest(ctx, contents, target, nil)
	if err != nil {
		return err
	}
	if err := s.unpack(ctx, manifest); err != nil {
		return err
	}
	labels := map[string]string{"io.cri-containerd.image": "managed"}
	if name == s.pinned {
		labels["io.cri-containerd.pinned"] = "pinned"
	}
	named := metadata.NewImageStore(s.database)
	target.Annotations = nil
	for _, name := range []string{name, manifest.Config.Digest.String()} {
		if _, err := named.Create(ctx, images.Image{Name: name, Target: target, Labels: labels}); err != nil {
			return err
		}
	}
	return nil
}

// unpack makes the snapshot of an image of one layer, and has the image's config hold it.
func (s store) unpack(ctx context.Context, manifest ocispec.Manifest) error {
	contents, unpacked := s.database.ContentStore(), s.database.Snapshotter(snapshotter)
	ids, err := images.RootFS(ctx, contents, manifest.Config)
	if err != nil {
		return err
	}
	if len(ids) != 1 || len(manifest.Layers) != 1 {
		return fmt.Errorf("it has %d layers, and this program extracts one", len(ids))
	}
	chain := identity.ChainID(ids).String()
	mounts, err := unpacked.Prepare(ctx, "extract", "", snapshots.WithLabels(map[string]string{"containerd.io/snapshot.ref": chain}))
	if err != nil {
		return err
	}
	layer, err := contents.ReaderAt(ctx, manifest.Layers[0])
	if err != nil {
		return err
	}
	defer layer.Close()
	// The snapshot of a first layer is a folder to be bound somewhere: it can as well be written where it is.
	if _, err := layers.Apply(ctx, mounts[0].Source, content.NewReader(layer), layers.WithNoSameOwner()); err != nil {
		return err
	}
	if err := unpacked.Commit(ctx, chain, "extract"); err != nil {
		return err
	}
	held := "containerd.io/gc.ref.snapshot." + snapshotter
	_, err = contents.Update(ctx, content.Info{
		Digest: manifest.Config.Digest,
		Labels: map[string]string{held: chain},
	}, "labels."+held)
	return err
}

func mark(folder, archive string) error {
	bytes, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%x", sha256.Sum256(bytes))), nil, 0o600)
}

func closeAlso(it io.Closer, err *error) {
	*err = errors.Join(*err, it.Close())
}
