//! What is done with outside bytes, one function for each target: it panics where something that must always hold does
//! not. `fuzz_targets/` looks for bytes that make one panic; `tests/corpus.rs` replays those that are known.

mod config;
mod dhcp6;
mod disks;
mod documents;
mod network;
mod places;
mod platforms;
mod programs;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 34] = [
    ("address", places::address),
    ("arp_packet", network::arp_packet),
    ("azure_xml", documents::azure_xml),
    ("base64_text", documents::base64_text),
    ("command_line", places::command_line),
    ("dbus_message", programs::dbus_message),
    ("dhcp6_client", dhcp6::dhcp6_client),
    ("dhcp6_message", dhcp6::dhcp6_message),
    ("dhcp_client", network::dhcp_client),
    ("dhcp_frame", network::dhcp_frame),
    ("dhcp_lease", network::dhcp_lease),
    ("dhcp_message", network::dhcp_message),
    ("disk_content", disks::disk_content),
    ("dns_answer", network::dns_answer),
    ("dracut_network", platforms::dracut_network),
    ("fat_folder", disks::fat_folder),
    ("firmware_strings", places::firmware_strings),
    ("foreign_document", documents::foreign_document),
    ("generation", documents::generation),
    ("kubeconfig", places::kubeconfig),
    ("logind", programs::logind),
    ("machine_config", config::machine_config),
    ("machine_config_edits", config::machine_config_edits),
    ("meta_data", documents::meta_data),
    ("netlink", programs::netlink),
    ("network_config", platforms::network_config),
    ("network_data", platforms::network_data),
    ("packed_document", documents::packed_document),
    ("partition_table", disks::partition_table),
    ("platform_metadata", platforms::platform_metadata),
    ("pull_line", programs::pull_line),
    ("redacted_line", programs::redacted_line),
    ("router_option", dhcp6::router_option),
    ("sntp_answer", network::sntp_answer),
];
