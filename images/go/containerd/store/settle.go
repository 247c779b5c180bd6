package main

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	// A page of the machine that reads the database, and a block of the file system that the store will be on.
	pageBytes  = 4096
	blockBytes = 4096
)

// settle rewrites a database so that its bytes depend on what it says alone: every time is zero, a snapshot has the size
// that it will have on the node's disk rather than the one it has here, and what was removed on the way has left nothing.
func settle(path string, sizeOf func(id uint64) (int64, error)) error {
	from, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	defer from.Close()
	err = from.Update(func(tx *bolt.Tx) error {
		return tx.ForEach(func(_ []byte, bucket *bolt.Bucket) error { return settleBucket(bucket, sizeOf) })
	})
	if err != nil {
		return err
	}
	temporary := path + "~new"
	to, err := bolt.Open(temporary, 0o600, &bolt.Options{PageSize: pageBytes, NoSync: true})
	if err != nil {
		return err
	}
	// A transaction for each key: within one, bolt gives the buckets that it has changed their pages in no certain order.
	if err := bolt.Compact(to, from, 1); err != nil {
		to.Close()
		return err
	}
	if err := to.Close(); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

func settleBucket(bucket *bolt.Bucket, sizeOf func(id uint64) (int64, error)) error {
	never, err := time.Unix(0, 0).UTC().MarshalBinary()
	if err != nil {
		return err
	}
	for _, name := range []string{"createdat", "updatedat"} {
		if bucket.Get([]byte(name)) == nil {
			continue
		}
		if err := bucket.Put([]byte(name), never); err != nil {
			return err
		}
	}
	if id := bucket.Get([]byte("id")); id != nil && sizeOf != nil {
		number, _ := binary.Uvarint(id)
		size, err := sizeOf(number)
		if err != nil {
			return err
		}
		if err := bucket.Put([]byte("size"), binary.AppendVarint(nil, size)); err != nil {
			return err
		}
	}
	return bucket.ForEachBucket(func(name []byte) error {
		return settleBucket(bucket.Bucket(bytes.Clone(name)), sizeOf)
	})
}

// sizeOf is the room that a folder and everything in it takes, in bytes.
func sizeOf(folder string) (int64, error) {
	var blocks int64
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.Type().IsRegular() {
			blocks++
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		blocks += (info.Size() + blockBytes - 1) / blockBytes
		return nil
	})
	return blocks * blockBytes, err
}
