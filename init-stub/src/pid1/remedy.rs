//! The failure block: what a person sees on every console when a boot ends. Code, stage, object, cause, what to do.

use crate::core::error::{Code, Error};
use std::fmt::Write;

/// What to do about each code, in one sentence.
pub fn remedy(code: Code) -> &'static str {
    match code {
        Code::KernelRefused => {
            "check that the image's kernel has what this step needs; the error number above says what it refused"
        }
        Code::ConfigMissing => {
            "give the machine a machine config in one of the places above, or boot with keel.config.required=no"
        }
        Code::ConfigUnreadable => {
            "render the machine config again with keelctl transpile; what arrived is damaged or cut short"
        }
        Code::ConfigForeign => "run keelctl transpile on the node config and hand over its output",
        Code::ConfigRefused => {
            "correct the node config at this place (keelctl explain finds its line) and transpile it again with a keelctl of the image's version"
        }
        Code::ConfigTooLarge => "keep large files out of the machine config; put them into an image instead",
        Code::ConfigDigestMismatch => {
            "make keel.config.sha256= the digest of the machine config (sha256sum of keelctl's output), or find out who changed the document on its way"
        }
        Code::SourcesDisagree => "remove one of the two machine configs, or make them equal",
        Code::CmdlineInvalid => "correct the value on the kernel command line",
        Code::SourceAmbiguous => "detach one of the two, or give it another label",
        Code::SourceUnreadable => "make the medium again and check that the file is on it under its exact name",
        Code::SourceUnreachable => {
            "check that the address answers from this machine's network; init tries again by itself"
        }
        Code::SourceRefused => "check the address and what the server says about it; the answer is above",
        Code::TlsRefused => {
            "check the server's certificate, give its CA with keel.config.ca=, and check the machine's clock"
        }
        Code::PlatformUnknown => "correct keel.platform= to one of the platforms listed above, or remove it",
        Code::PlatformReportFailed => {
            "let the machine reach the platform's server over http; init tries again by itself, and the platform may take the machine for failed meanwhile"
        }
        Code::StateForeign => {
            "if this disk is a copy, delete all files on its KEEL-STATE from another system: the machine then becomes a node of its own; if it is the same machine with a new mainboard, boot it once with keel.state.accept= and the machine named above on the kernel command line"
        }
        Code::ParserCrashed => {
            "the document is hostile or far too deep or large; hand over the unchanged output of keelctl transpile"
        }
        Code::ModuleMissing => "take the module out of kernel.modules, or add it to the image",
        Code::ModuleRefused => "check the module's name and that it was built for this kernel",
        Code::DiskNotFound => {
            "attach the disk, or correct its selector in storage.disks; the candidates are listed above; if the image lacks a driver, build it with the recipe metal or add the module to it"
        }
        Code::DiskAmbiguous => "add facts to the selector (serial is best) until one disk matches",
        Code::DiskClaimedTwice => "make the two selectors name different disks",
        Code::DiskForeign => "choose another disk, or say wipe: true once if all that is listed above may be lost",
        Code::DiskReadOnly => "attach the disk writable",
        Code::DiskTooSmall => {
            "attach a larger disk (one that was cut short can be enlarged again), or make the partitions smaller"
        }
        Code::DiskIo => "check the disk and its cabling; the kernel log above says more",
        Code::PartitionMismatch => {
            "make the config agree with what is on the disk, or empty the disk if that may be lost; Keel never resizes, adds to or replaces what it did not make"
        }
        Code::PartitionForeign => {
            "move what is on that partition elsewhere, then delete the partition from another system, so that it is made anew"
        }
        Code::FilesystemMismatch => "make the config agree with the filesystem, or empty the partition",
        Code::FilesystemToolFailed => "check the disk; the tool's own words are above",
        Code::MountFailed => "check the filesystem from another system; the kernel log above says more",
        Code::PathOccupied => "remove what is at that path, or choose another path in the config",
        Code::PathUnwritable => "choose a path on a writable filesystem, for example below /var or /etc",
        Code::SysctlRefused => {
            "correct the name or the value in kernel.sysctl; a sysctl of a module needs that module in kernel.modules"
        }
        Code::InterfaceNotFound => {
            "correct the name or the MAC address in network.interfaces; the interfaces of this machine are listed above"
        }
        Code::InterfaceClaimedTwice => {
            "remove one of the two entries; an interface has a name and a MAC address, and either of them names it"
        }
        Code::NetworkRefused => {
            "check address, prefix, gateway and MTU of the interface; a gateway must be inside its prefix"
        }
        Code::DhcpTimeout => "check the cable, the VLAN and the DHCP server; init goes on asking",
        Code::HostnameMissing => {
            "give the machine a host name in one of the places above, or a fixed one in hostname; mac has one on every machine with an Ethernet card"
        }
        Code::HostnameRefused => {
            "correct the name at the DHCP server or the provider: labels of letters, digits and hyphens joined by dots"
        }
        Code::ClockUnset => "check time.servers and that UDP port 123 is open; init goes on asking",
        Code::ImageArchiveMissing => "correct the path in kubernetes.images, or add the archive to the image",
        Code::ImageImportFailed => {
            "check that the archive is an OCI or Docker image archive; containerd's words are above"
        }
        Code::ProcessMissing => "the image is incomplete; build it again with keelctl image build",
        Code::ProcessNotReady => "give the machine more memory or CPU; the program's log under /var/log/keel says more",
        Code::ProcessCrashed => "read its last lines above; its log is under /var/log/keel",
        Code::JoinUnreachable => {
            "check kubernetes.join.endpoint, the network and that the API server runs; init tries again by itself"
        }
        Code::JoinEndpointWrong => {
            "check kubernetes.join.endpoint: it must be the API server of a cluster that kubeadm made, which has the ConfigMap cluster-info in kube-public (kubeadm init phase bootstrap-token makes it); init tries again by itself"
        }
        Code::JoinTokenUnknown => {
            "make a new token (kubeadm token create), put it into kubernetes.join.token and transpile again; tokens live 24 hours unless told otherwise"
        }
        Code::JoinTokenWrong => {
            "check that kubernetes.join.endpoint is your cluster, because nothing has proved who answered; if it is, put the whole token as kubeadm token create printed it into kubernetes.join.token; init tries again by itself"
        }
        Code::JoinCaMismatch => {
            "check that the endpoint is your cluster; then put the hash of its CA (kubeadm token create --print-join-command shows it) into kubernetes.join.caCertHashes"
        }
        Code::JoinNameTaken => {
            "delete the old node (kubectl delete node) if this machine replaces it, or give this one another name; init tries again by itself"
        }
        Code::JoinClockWrong => "set the machine's clock, or give it time.servers; init tries again by itself",
        Code::JoinPreflightFailed => "mend what kubeadm names above; init tries again by itself",
        Code::JoinKubeletFailed => {
            "read the kubelet's log under /var/log/keel and check that the cluster approves and signs certificates; init tries again by itself"
        }
        Code::JoinFailed => "read kubeadm's words above; init tries again by itself",
        Code::JoinChanged => {
            "give the node its old name and cluster again; if its disk is a copy of another node's or it shall join anew, delete all files on KEEL-STATE from another system"
        }
        Code::JoinOutdated => {
            "kubeadm join sets these once: change labels and taints with kubectl, or delete the Node and empty KEEL-STATE so that the machine joins again with its machine config"
        }
        Code::JoinCredentialsMissing => "give the machine its machine config with a living token again",
        Code::UnmountFailed => "nothing now; the filesystem's journal is replayed at the next boot",
        Code::Bug => "this is a fault of Keel; report it with this block and the node config",
    }
}

/// The failure in one sentence.
pub fn sentence(error: &Error) -> String {
    let mut text = format!("{} {}: {}", error.verb, error.object, code_name(error.code));
    if let Some(errno) = error.errno {
        let _ = write!(text, ": {}", std::io::Error::from_raw_os_error(errno));
    }
    if let Some(detail) = &error.detail {
        let _ = write!(text, ": {detail}");
    }
    text
}

/// The block for the consoles. `then` says what init does now.
pub fn block(error: &Error, then: &str) -> String {
    const RULE: &str = "========================================================================";
    let mut text = format!("\n{RULE}\nKEEL: THE BOOT ENDS HERE: {}\n\n", code_name(error.code));
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<10} {}", value.trim_end().replace('\n', "\n             "));
        }
    };
    fact("stage", &error.stage);
    fact("step", &format!("{} {}", error.verb, error.object));
    fact("kernel", &error.errno.map(|errno| std::io::Error::from_raw_os_error(errno).to_string()).unwrap_or_default());
    fact("cause", error.detail.as_deref().unwrap_or_default());
    fact(
        "at",
        error
            .pointer
            .as_deref()
            .map(|pointer| if pointer.is_empty() { "/ (the whole machine config)" } else { pointer })
            .unwrap_or_default(),
    );
    fact("what to do", remedy(error.code));
    fact("now", then);
    text.push_str(RULE);
    text.push('\n');
    text
}

/// The code as it is written in events and docs.
pub fn code_name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_names_stage_object_cause_place_and_remedy() {
        let error = Error::new(Code::DiskForeign, "claim", "/dev/vda")
            .with_detail("it holds an ext4 filesystem\nlabelled backup")
            .with_pointer("/storage/disks/0")
            .in_stage("disks");
        let text = block(&error, "the machine stays as it is");
        for part in [
            "disk-foreign",
            "disks",
            "claim /dev/vda",
            "ext4",
            "\n             labelled backup",
            "/storage/disks/0",
            "wipe: true",
            "stays",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
}
