//! Whom https trusts: the image's certificate authorities, or the one that the command line gives.

use super::failure::Failure;
use crate::core::from_base64::from_base64;
use flate2::read::GzDecoder;
use std::io::Read;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Where distributions and images keep them, in one file.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
const LARGEST: u64 = 1 << 20;

/// Reads them. `given` is the value of `keel.config.ca=`: base64 of PEM or DER, or of the gzip of either.
pub fn read(given: Option<&str>) -> Result<RootCerts, Failure> {
    let bytes = match given {
        Some(text) => unpack(text)?,
        None => std::fs::read(BUNDLE).map_err(|_| {
            Failure::untrusted(format!("the image has no {BUNDLE}; give the server's authority with keel.config.ca="))
        })?,
    };
    let certificates =
        if bytes.starts_with(&[0x30]) { vec![Certificate::from_der(&bytes).to_owned()] } else { certificates(&bytes) };
    if certificates.is_empty() {
        return Err(match given {
            Some(_) => Failure::misspelled("keel.config.ca= holds no certificate"),
            None => Failure::untrusted(format!("{BUNDLE} holds no certificate")),
        });
    }
    Ok(certificates.into())
}

/// The certificates in a PEM text.
pub fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}

fn unpack(text: &str) -> Result<Vec<u8>, Failure> {
    let bytes = from_base64(text.as_bytes())
        .ok_or_else(|| Failure::misspelled("keel.config.ca= is not base64; the command line may be truncated"))?;
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(bytes);
    }
    let mut content = Vec::new();
    GzDecoder::new(bytes.as_slice())
        .take(LARGEST)
        .read_to_end(&mut content)
        .map_err(|_| Failure::misspelled("keel.config.ca= is a damaged gzip"))?;
    Ok(content)
}
