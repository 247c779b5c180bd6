//! `keel-init child NAME`: the table of workers, each with what it may still do when it reads its job.

use crate::disk::mount_worker;
use crate::modules::worker as modules;
use crate::pid1::sync;
use crate::pid1::worker::Worker;
use crate::sources::worker::{canonical, fetch, redact, state, unpack, verify, volume};
use crate::sys::confine::Confinement;
use crate::sys::stdio::complain;
use crate::{cluster, disk, health, net, slots, time};
use rustix::thread::CapabilitySet;
use std::ffi::CStr;

/// Of a worker that talks to servers: small, because it runs in parallel with everything else.
const SMALL: Option<u64> = Some(64 << 20);
/// Of a worker that reads documents and disks.
const LARGE: Option<u64> = Some(192 << 20);
const NONE: CapabilitySet = CapabilitySet::empty();
const TO_LOAD_MODULES: CapabilitySet = CapabilitySet::SYS_MODULE;
/// It drops them before it reads the first byte of the filesystem that it has mounted.
const TO_MOUNT: CapabilitySet = CapabilitySet::SYS_ADMIN;
/// It drops it before it asks anybody: only the sockets that it has bound may be needed.
const TO_BIND: CapabilitySet = CapabilitySet::NET_BIND_SERVICE;
/// Also below directories that belong to other users than root.
const TO_WRITE: CapabilitySet = CapabilitySet::DAC_OVERRIDE;
/// To mount the variables of the firmware, and to change those that the kernel protects.
const OF_FIRMWARE: CapabilitySet =
    TO_LOAD_MODULES.union(TO_MOUNT).union(CapabilitySet::DAC_OVERRIDE).union(CapabilitySet::LINUX_IMMUTABLE);
/// Of files that belong to other users than root.
const TO_READ: CapabilitySet = CapabilitySet::DAC_READ_SEARCH;

const fn confined(title: &'static CStr, capabilities: CapabilitySet, address_space: Option<u64>) -> Confinement {
    Confinement { title, capabilities, address_space }
}

/// Every worker.
pub const WORKERS: [Worker; 21] = [
    Worker { name: "modules", confinement: confined(c"keel-modules", TO_LOAD_MODULES, LARGE), run: modules::modules },
    Worker { name: "devices", confinement: confined(c"keel-devices", TO_LOAD_MODULES, LARGE), run: modules::devices },
    Worker { name: "unpack", confinement: confined(c"keel-unpack", NONE, LARGE), run: unpack::run },
    Worker { name: "canonical", confinement: confined(c"keel-canonical", NONE, LARGE), run: canonical::run },
    Worker { name: "verify", confinement: confined(c"keel-verify", NONE, LARGE), run: verify::run },
    Worker {
        name: "observe",
        // It drops them before it reads the first byte of a disk.
        confinement: confined(c"keel-observe", TO_LOAD_MODULES.union(TO_MOUNT), LARGE),
        run: disk::worker::run,
    },
    // It drops the second before it looks into what it has read.
    Worker { name: "volume", confinement: confined(c"keel-volume", TO_MOUNT.union(TO_READ), LARGE), run: volume::run },
    Worker { name: "state", confinement: confined(c"keel-state", TO_MOUNT, LARGE), run: state::run },
    Worker { name: "slots", confinement: confined(c"keel-slots", OF_FIRMWARE, LARGE), run: slots::worker::run },
    Worker { name: "redact", confinement: confined(c"keel-redact", NONE, LARGE), run: redact::run },
    Worker {
        name: "mount",
        confinement: confined(c"keel-mount", TO_MOUNT.union(TO_WRITE), LARGE),
        run: mount_worker::run,
    },
    Worker { name: "sync", confinement: confined(c"keel-sync", TO_READ, LARGE), run: sync::run },
    // What a cut copy has left may be read-only.
    Worker { name: "store", confinement: confined(c"keel-store", TO_WRITE, LARGE), run: cluster::store::run },
    // It only hashes the archive. What reads it is containerd's own tool, a program of Go, which reserves much more memory
    // than it uses; the archive may belong to another user than root.
    Worker { name: "import", confinement: confined(c"keel-import", TO_READ, None), run: cluster::worker::run },
    Worker { name: "fetch", confinement: confined(c"keel-fetch", TO_BIND, SMALL), run: fetch::run },
    Worker { name: "ready", confinement: confined(c"keel-ready", NONE, SMALL), run: fetch::ready::run },
    Worker { name: "node", confinement: confined(c"keel-node", NONE, SMALL), run: cluster::node_object::worker::run },
    Worker { name: "health", confinement: confined(c"keel-health", NONE, SMALL), run: health::worker::run },
    Worker { name: "names", confinement: confined(c"keel-names", NONE, SMALL), run: net::wireguard::worker::run },
    Worker { name: "sntp", confinement: confined(c"keel-sntp", NONE, SMALL), run: time::worker::run },
    Worker {
        name: "dhcp",
        confinement: confined(
            c"keel-dhcp",
            CapabilitySet::NET_ADMIN.union(CapabilitySet::NET_RAW).union(CapabilitySet::NET_BIND_SERVICE),
            SMALL,
        ),
        run: net::worker::run,
    },
];

/// Confines itself, then does the job. Exit code 2: there is no such worker, or its job cannot be read.
pub fn main(arguments: &[String]) -> u8 {
    let Some(worker) = arguments.first().and_then(|name| WORKERS.iter().find(|worker| worker.name == name)) else {
        return 2;
    };
    match worker.confinement.apply() {
        Ok(()) => (worker.run)(),
        Err(e) => {
            complain(&format!("{}: cannot be confined: {e}\n", worker.name));
            2
        }
    }
}
