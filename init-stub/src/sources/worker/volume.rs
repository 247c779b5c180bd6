//! `child volume`: reads a document from a filesystem, and from the files next to it what the machine's provider says about the machine.

use super::meta_data;
use crate::core::codec::xml::text_of;
use crate::core::config::LIMIT;
use crate::core::error::{Code, Error, Step};
use crate::core::from_base64::from_base64;
use crate::core::platform_network;
use crate::pid1::node::Instance;
use crate::pid1::worker::{job, refuse, reply};
use crate::sources::azure::OVF;
use crate::sources::{Companions, Contents, VolumeJob};
use crate::sys::confine::{drop_capabilities, only_read};
use crate::sys::mounted::Mounted;
use std::io;

/// More than any provider writes into one of its companion files.
const COMPANION_LIMIT: usize = 64 << 10;

/// How many names are listed of a folder that lacks the document.
const MOST_NAMES: usize = 12;

/// 0: a line of [`Contents`] and the document are on stdout. 1: an [`Error`] is.
pub fn run() -> u8 {
    let Some((wanted, _)) = job::<VolumeJob>(0) else { return 2 };
    let mounted =
        Mounted::new(&wanted.device, &wanted.format).map_err(|e| unmountable(&e, &wanted.device, &wanted.format));
    match mounted.and_then(|mounted| read(&mounted, &wanted)) {
        Ok((contents, bytes)) => reply(&contents, &bytes),
        Err(error) => refuse(&error),
    }
}

/// Reads what is wanted, and only then, with no capability left, looks into it.
fn read(
    mounted: &Mounted,
    VolumeJob { device, document: path, companions, .. }: &VolumeJob,
) -> Result<(Contents, Vec<u8>), Error> {
    only_read().step(Code::KernelRefused, "confine", "volume")?;
    let object = format!("{path} on {device}");
    let bytes = mounted.read(path, LIMIT).map_err(|e| Error {
        errno: e.raw_os_error(),
        ..Error::new(Code::SourceUnreadable, "read", &object).with_detail(e.to_string())
    })?;
    let instead = if bytes.is_none() { Some(instead(mounted, path)) } else { None };
    let companions = companions.as_ref().map(|all| Provider {
        meta_data: provided(&all.meta_data, mounted, device),
        network: provided(&all.network, mounted, device),
        of: all,
    });
    drop_capabilities().step(Code::KernelRefused, "confine", "volume")?;
    if bytes.as_ref().is_some_and(|bytes| bytes.len() > LIMIT) {
        return Err(Error::new(Code::ConfigTooLarge, "read", object)
            .with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    let bytes = if path == OVF { bytes.map(|xml| custom_data(&xml, &object)).transpose()? } else { bytes };
    let (instance, errors) = companions.map(|provider| provider.read(device)).unwrap_or_default();
    Ok((Contents { present: bytes.is_some(), instance, errors, instead }, bytes.unwrap_or_default()))
}

/// A file of the provider as it is read; none where it is not there or empty.
type Provided = Result<Option<Vec<u8>>, Error>;

fn provided(path: &str, mounted: &Mounted, device: &str) -> Provided {
    match mounted.read(path, COMPANION_LIMIT).map_err(|e| unreadable(path, device, e.to_string()))? {
        Some(text) if text.len() > COMPANION_LIMIT => {
            Err(unreadable(path, device, format!("it has more than {} KiB", COMPANION_LIMIT >> 10)))
        }
        text => Ok(text.filter(|text| !text.trim_ascii().is_empty())),
    }
}

fn unreadable(path: &str, device: &str, why: String) -> Error {
    Error::new(Code::SourceUnreadable, "read", format!("{path} on {device}")).with_detail(why)
}

/// The files of the provider.
struct Provider<'a> {
    of: &'a Companions,
    meta_data: Provided,
    network: Provided,
}

impl Provider<'_> {
    /// What they say, and why one of them cannot be read. One that is not there says nothing.
    fn read(self, device: &str) -> (Instance, Vec<Error>) {
        let Companions { meta_data, network, form } = self.of;
        let named = understood(self.meta_data, meta_data, device, |text| meta_data::instance(meta_data, text));
        let network = understood(self.network, network, device, |text| platform_network::read(*form, text));
        let (mut instance, mut errors) = (Instance::default(), Vec::new());
        match named {
            Ok(named) => instance = named.unwrap_or_default(),
            Err(error) => errors.push(error),
        }
        match network {
            Ok(network) => instance.network = network,
            Err(error) => errors.push(error),
        }
        (instance, errors)
    }
}

fn understood<T>(
    provided: Provided,
    path: &str,
    device: &str,
    read: impl Fn(&[u8]) -> Result<T, String>,
) -> Result<Option<T>, Error> {
    provided?.map(|text| read(&text).map_err(|why| unreadable(path, device, why))).transpose()
}

/// The names in the deepest folder on the way to `path`.
fn instead(mounted: &Mounted, path: &str) -> String {
    let mut folder = path;
    loop {
        folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        match mounted.names(folder) {
            Ok(Some(names)) => return listed(folder, names),
            _ if folder.is_empty() => return "it cannot be listed".into(),
            _ => {}
        }
    }
}

fn listed(folder: &str, mut names: Vec<String>) -> String {
    let place = if folder.is_empty() { "it".to_owned() } else { format!("its folder {folder}") };
    if names.is_empty() {
        return format!("{place} is empty");
    }
    names.sort_unstable();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let are_cut = names.iter().any(|name| ["user_dat", "meta_dat"].contains(&name.as_str()));
    let names: Vec<String> = names.iter().map(|name| name.escape_debug().collect()).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let cut = if are_cut { "; its names are cut to eight letters: make the ISO with -joliet -rock" } else { "" };
    format!("{place} has: {}{more}{cut}", names.join(", "))
}

/// What Azure's description of the machine carries for its user; nothing when that is nothing.
pub fn custom_data(xml: &[u8], object: &str) -> Result<Vec<u8>, Error> {
    let xml = String::from_utf8_lossy(xml);
    from_base64(text_of(&xml, "CustomData").unwrap_or_default().as_bytes())
        .ok_or_else(|| Error::new(Code::ConfigUnreadable, "decode", object).with_detail("its CustomData is not base64"))
}

/// The error of a filesystem that the kernel does not mount.
pub fn unmountable(cause: &io::Error, device: &str, format: &str) -> Error {
    let lacks_driver = cause.raw_os_error() == Some(libc::ENODEV);
    let (code, object, detail) = if lacks_driver {
        (
            Code::ModuleMissing,
            format!("filesystem {format}"),
            format!("{device} holds one, and the image has no driver"),
        )
    } else {
        (Code::SourceUnreadable, device.to_owned(), format!("its {format} is damaged"))
    };
    Error { errno: cause.raw_os_error(), ..Error::new(code, "mount", object).with_detail(detail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown};

    /// `mkisofs -rock` keeps the owner and the mode of what it packs.
    #[test]
    fn files_of_another_user_are_read_whatever_their_mode_is() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let medium = crate::scratch::Scratch::new("volume-of-a-user");
        let folder = medium.join("openstack");
        fs::create_dir(&folder).unwrap();
        for (name, text) in [("user_data", "{}"), ("meta_data.json", r#"{"uuid":"1-2"}"#)] {
            fs::write(folder.join(name), text).unwrap();
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
            chown(folder.join(name), Some(1000), Some(1000)).unwrap();
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        chown(&folder, Some(1000), Some(1000)).unwrap();
        let wanted = VolumeJob {
            device: "/dev/sr0".into(),
            format: "iso9660".into(),
            document: "openstack/user_data".into(),
            companions: Some(Companions {
                meta_data: "openstack/meta_data.json".into(),
                network: "openstack/network_data.json".into(),
                form: platform_network::Format::NetworkData,
            }),
        };
        // Capabilities are those of a thread.
        let mounted = Mounted::of_folder(&medium).unwrap();
        let (contents, bytes) = std::thread::spawn(move || read(&mounted, &wanted)).join().unwrap().unwrap();
        assert_eq!((contents.present, bytes), (true, b"{}".to_vec()));
        assert_eq!(contents.instance.instance_id.as_deref(), Some("1-2"));
    }

    #[test]
    fn custom_data_is_taken_out_of_azures_description_of_the_machine() {
        let of = |xml: &str| custom_data(xml.as_bytes(), "ovf-env.xml on /dev/sr0").map_err(|error| error.code);
        let ns = "<Environment xmlns=\"http://schemas.dmtf.org/ovf/environment/1\"><wa:ProvisioningSection>";
        assert_eq!(of(&format!("\u{feff}{ns}<CustomData>ZG9j\r\n Cg==</CustomData>")), Ok(b"doc\n".to_vec()));
        for none in ["", ns, "<CustomData/>", "<ns1:CustomData></ns1:CustomData>"] {
            assert_eq!(of(none), Ok(Vec::new()), "{none}");
        }
        assert_eq!(of("<CustomData>{}</CustomData>"), Err(Code::ConfigUnreadable));
    }

    #[test]
    fn a_folder_is_listed_in_a_line() {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(listed("", names(&["user-data.yaml", "meta-data"])), "it has: meta-data, user-data.yaml");
        assert_eq!(listed("openstack", names(&["2018-08-27"])), "its folder openstack has: 2018-08-27");
        assert_eq!(listed("", Vec::new()), "it is empty");
        assert_eq!(listed("", names(&["a\nb"])), "it has: a\\nb");
        assert!(listed("", names(&["user_dat", "meta_dat"])).contains("-joliet -rock"));
        let many: Vec<String> = (10..40).map(|n| n.to_string()).collect();
        assert!(listed("", many).ends_with("21 and 18 more"));
    }

    #[test]
    fn a_filesystem_without_a_driver_and_a_damaged_one_are_told_apart() {
        let refused = |errno| unmountable(&io::Error::from_raw_os_error(errno), "/dev/vdb", "vfat").code;
        assert_eq!(refused(libc::ENODEV), Code::ModuleMissing);
        assert_eq!(refused(libc::EINVAL), Code::SourceUnreadable);
    }
}
