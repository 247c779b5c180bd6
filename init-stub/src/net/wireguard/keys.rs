//! The private keys that the node makes itself. Peers expect the same public key at every boot, so it is kept on KEEL-STATE and
//! never changes by itself; without a KEEL-STATE it lasts until the reboot.

use crate::core::config::{KeyBytes, key_bytes, key_text};
use crate::pid1::failed::has_state;
use crate::sys::{atomic_write, random};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// A file for each tunnel, of the name of its link.
const FOLDER: &str = "/keel/state/identity/wireguard";

/// The node's own private key of a tunnel.
pub fn own(link: &str) -> Result<KeyBytes> {
    if has_state() { kept_in(&Path::new(FOLDER).join(link)) } else { made() }
}

/// The key in a file; a new one if there is none. What is there and is not a key is not replaced: peers know another one.
fn kept_in(path: &Path) -> Result<KeyBytes> {
    match std::fs::read_to_string(path) {
        Ok(text) => key_bytes(text.trim()).ok_or_else(|| Error::other(format!("{} has no key in it", path.display()))),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let key = made()?;
            // Before it is used.
            atomic_write::write(path, 0o600, format!("{}\n", key_text(&key)).as_bytes())?;
            Ok(key)
        }
        Err(e) => Err(e),
    }
}

/// A new key, with the bits as every key of Curve25519 has them (RFC 7748, section 5).
fn made() -> Result<KeyBytes> {
    let mut key: KeyBytes = random::secret()?;
    let [first, .., last] = &mut key;
    *first &= 0xf8;
    *last = (*last & 0x7f) | 0x40;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_kept_for_its_owner_alone() {
        let folder = Scratch::new("wireguard-keys");
        let path = folder.join("identity/wg0");
        let key = kept_in(&path).unwrap();
        assert_eq!((key[0] & 7, key[31] & 0xc0), (0, 0x40));
        assert_eq!(kept_in(&path).unwrap(), key);
        assert_ne!(kept_in(&folder.join("identity/wg1")).unwrap(), key);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "no key\n").unwrap();
        assert!(!kept_in(&path).unwrap_err().to_string().contains("no key\n"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "no key\n", "it stays, so that it can be repaired");
    }
}
