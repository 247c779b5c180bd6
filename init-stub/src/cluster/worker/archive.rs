//! Which images are in an archive: the digests of what describes each. OCI layouts name their manifests in `index.json`, archives
//! of Docker their configurations in `manifest.json`; containerd keeps both as blobs.

use serde_json::Value;
use std::io::{Read, Seek, SeekFrom};

const BLOCK: usize = 512;
/// Most bytes of an index.
const LARGEST: u64 = 1 << 20;
/// By one of these an index gives an image its name; containerd does not make an image of a manifest without one.
const NAMES: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/// Digests in hexadecimal. None are found in what is not a tar, or is packed.
pub fn images(mut archive: impl Read + Seek) -> Vec<String> {
    let (mut of_docker, mut block) = (Vec::new(), [0; BLOCK]);
    while archive.read_exact(&mut block).is_ok() {
        let Some((name, size)) = header(&block) else { break };
        let padded = size.next_multiple_of(512);
        match name.trim_start_matches("./") {
            "index.json" => return document(&mut archive, size).map(|index| manifests(&index)).unwrap_or_default(),
            "manifest.json" => {
                of_docker = document(&mut archive, size).map(|list| configurations(&list)).unwrap_or_default();
                skip(&mut archive, padded.saturating_sub(size.min(LARGEST)));
            }
            _ => skip(&mut archive, padded),
        }
    }
    of_docker
}

/// Name and size of the file behind a header of tar.
fn header(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let text = |from: usize, length: usize| {
        let field = block.get(from..from + length)?;
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(length);
        std::str::from_utf8(field.get(..end)?).ok()
    };
    let name = text(0, 100)?.to_owned();
    let size = u64::from_str_radix(text(124, 12)?.trim(), 8).ok()?;
    (text(257, 5)? == "ustar").then_some((name, size))
}

fn skip(archive: &mut impl Seek, bytes: u64) {
    // Beyond the end nothing is read, which ends the search.
    let _ = archive.seek(SeekFrom::Current(i64::try_from(bytes).unwrap_or(i64::MAX)));
}

fn document(archive: &mut impl Read, size: u64) -> Option<Value> {
    let mut text = Vec::new();
    archive.take(size.min(LARGEST)).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn manifests(index: &Value) -> Vec<String> {
    let all = index.get("manifests").and_then(Value::as_array).into_iter().flatten();
    let named =
        all.filter(|one| one.get("annotations").is_some_and(|all| NAMES.iter().any(|name| all.get(name).is_some())));
    named.filter_map(|one| Some(one.get("digest")?.as_str()?.strip_prefix("sha256:")?.to_owned())).collect()
}

fn configurations(list: &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    let paths = all.filter_map(|one| one.get("Config")?.as_str());
    // crane and kaniko name it `sha256:…`.
    let names = paths.filter_map(|path| path.rsplit('/').next());
    names.map(|name| name.trim_start_matches("sha256:").trim_end_matches(".json").to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn tar(files: &[(&str, &str)]) -> Vec<u8> {
        let mut all = Vec::new();
        for (name, content) in files {
            let mut header = [0; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
            header[257..262].copy_from_slice(b"ustar");
            all.extend(header);
            all.extend(content.as_bytes());
            all.resize(all.len().next_multiple_of(BLOCK), 0);
        }
        all.extend([0; 2 * BLOCK]);
        all
    }

    const INDEX: &str = r#"{"manifests":[
        {"digest":"sha256:aa","annotations":{"org.opencontainers.image.ref.name":"keel.local/a:1"}},
        {"digest":"sha256:bb","annotations":{"io.containerd.image.name":"keel.local/b:1"}},
        {"digest":"sha256:cc"}]}"#;
    const DOCKER: &str = r#"[{"Config":"dd.json"},{"Config":"blobs/sha256/ee"},{"Config":"sha256:ff"}]"#;

    #[test]
    fn the_named_images_of_an_index_and_else_those_of_docker_are_found_behind_whatever_comes_before() {
        let long = "x".repeat(1000);
        let find = |files: &[(&str, &str)]| images(Cursor::new(tar(files)));
        assert_eq!(find(&[("blobs/sha256/aa", &long), ("./index.json", INDEX)]), ["aa", "bb"]);
        assert_eq!(find(&[("manifest.json", DOCKER), ("blobs/sha256/aa", &long), ("index.json", INDEX)]), ["aa", "bb"]);
        assert_eq!(find(&[("manifest.json", DOCKER), ("dd.json", &long)]), ["dd", "ee", "ff"]);
    }

    #[test]
    fn no_image_is_found_in_what_is_not_a_tar_or_is_cut() {
        let whole = tar(&[("blobs/sha256/aa", "x"), ("index.json", INDEX)]);
        for cut in (0..3 * BLOCK + INDEX.len()).step_by(101) {
            assert_eq!(images(Cursor::new(whole.get(..cut).unwrap())), Vec::<String>::new(), "{cut} bytes");
        }
        assert_eq!(images(Cursor::new([0x1F; 4096])), Vec::<String>::new());
    }
}
