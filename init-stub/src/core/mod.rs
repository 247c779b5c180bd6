//! What needs no machine: documents, tables and packets as bytes, plans as values. It knows no node, reads and writes nothing but
//! what it is handed, and imports nothing else of Keel.

pub mod backoff;
pub mod bytes;
pub mod calendar;
pub mod claim;
pub mod codec;
pub mod config;
pub mod content;
pub mod device;
pub mod efi;
pub mod error;
pub mod event;
pub mod fat;
pub mod foreign;
pub mod from_base64;
pub mod go;
pub mod gpt;
pub mod hex;
pub mod observation;
pub mod pace;
pub mod plan;
pub mod platform_network;
pub mod scoped;
pub mod slots;
