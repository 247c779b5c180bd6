//! The kernel as init needs it, and the only place with `unsafe`. Each file is one kind of call.

pub mod ahci;
pub mod atomic_write;
pub mod block;
pub mod clock;
pub mod confine;
pub mod copy_tree;
pub mod disk_file;
mod errno;
pub mod ext4;
pub mod fw_cfg;
pub mod kernel;
pub mod loopdev;
pub mod low_port;
pub mod mounted;
pub mod multicast6;
pub mod name_lookup;
pub mod netdev;
pub mod packet;
pub mod pipe;
pub mod random;
pub mod signals;
pub mod spawn;
pub mod stdio;
pub mod timex;
pub mod udp;
pub mod uevent;
