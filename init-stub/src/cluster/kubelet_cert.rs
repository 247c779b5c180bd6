//! The kubelet's serving certificate, which it shows to who asks for logs and exec. Without one it makes itself two RSA
//! keys before it does anything else, and writes both files without syncing them: a power cut can leave one of them empty,
//! and a kubelet that finds such a pair does not make another. So it finds them made: an EC key, self-signed as its own
//! would be, because the API server does not ask who signed it. A kubelet that is configured with other files, or to ask the
//! cluster for a certificate, does not read these.

use crate::cluster::join::KUBELET_PKI;
use crate::sys::atomic_write;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use std::io::{Error, Result};
use std::path::Path;

/// Where the kubelet looks, in its folder of certificates.
const CERTIFICATE: &str = "kubelet.crt";
const KEY: &str = "kubelet.key";

/// Makes both files for a node of that name, unless both are there and whole.
pub fn ensure(node_name: &str) -> Result<()> {
    ensure_in(Path::new(KUBELET_PKI), node_name)
}

/// The same in this folder.
pub fn ensure_in(folder: &Path, node_name: &str) -> Result<()> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    if is_whole(&certificate) && is_whole(&key) {
        return Ok(());
    }
    let pair = make(node_name).map_err(Error::other)?;
    atomic_write::write(&key, 0o600, pair.key.as_bytes())?;
    atomic_write::write(&certificate, 0o644, pair.certificate.as_bytes())
}

fn is_whole(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|pem| pem.starts_with("-----BEGIN ") && pem.trim_end().ends_with("-----"))
}

/// A certificate and its key, in PEM.
struct Pair {
    certificate: String,
    key: String,
}

/// It does not expire, because nobody would renew it; and it holds from the first day, because the clock may be wrong.
fn make(node_name: &str) -> std::result::Result<Pair, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut wanted = CertificateParams::new([node_name.to_owned()])?;
    wanted.distinguished_name = DistinguishedName::new();
    // A name of a node may be longer than a common name, so it is only an alternative name.
    wanted.distinguished_name.push(DnType::CommonName, "kubelet");
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = wanted.self_signed(&key)?;
    Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use rustls::client::verify_server_name;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
    use rustls::server::ParsedCertificate;
    use rustls::sign::CertifiedKey;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_certificate_is_of_the_key_and_names_the_node() {
        let root = Scratch::new("serving");
        let name = format!("{}.example", "n".repeat(60));
        ensure_in(&root, &name).unwrap();
        assert_eq!(fs::metadata(root.join(KEY)).unwrap().permissions().mode() & 0o777, 0o600);
        let certificate = CertificateDer::from_pem_file(root.join(CERTIFICATE)).unwrap();
        let parsed = ParsedCertificate::try_from(&certificate).unwrap();
        verify_server_name(&parsed, &ServerName::try_from(name).unwrap()).unwrap();
        let key = PrivateKeyDer::from_pem_file(root.join(KEY)).unwrap();
        let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        CertifiedKey::new(vec![certificate.clone()], key).keys_match().unwrap();
    }

    #[test]
    fn what_is_whole_stays_and_half_of_it_is_made_again() {
        let root = Scratch::new("serving-again");
        ensure_in(&root, "w1").unwrap();
        let first = fs::read(root.join(KEY)).unwrap();
        ensure_in(&root, "w2").unwrap();
        assert_eq!(fs::read(root.join(KEY)).unwrap(), first);
        fs::write(root.join(CERTIFICATE), "").unwrap();
        ensure_in(&root, "w2").unwrap();
        assert_ne!(fs::read(root.join(KEY)).unwrap(), first);
        assert!(is_whole(&root.join(CERTIFICATE)));
    }
}
