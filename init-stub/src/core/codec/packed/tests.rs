use super::*;
use base64::Engine;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const CONFIG: &[u8] = br#"{"apiVersion":"keel/v1","kind":"MachineConfig"}"#;
/// `zstd` of [`CONFIG`], with its checksum.
const ZSTD: [u8; 60] = [
    0x28, 0xB5, 0x2F, 0xFD, 0x24, 0x2F, 0x79, 0x01, 0x00, 0x7B, 0x22, 0x61, 0x70, 0x69, 0x56, 0x65, 0x72, 0x73, 0x69,
    0x6F, 0x6E, 0x22, 0x3A, 0x22, 0x6B, 0x65, 0x65, 0x6C, 0x2F, 0x76, 0x31, 0x22, 0x2C, 0x22, 0x6B, 0x69, 0x6E, 0x64,
    0x22, 0x3A, 0x22, 0x4D, 0x61, 0x63, 0x68, 0x69, 0x6E, 0x65, 0x43, 0x6F, 0x6E, 0x66, 0x69, 0x67, 0x22, 0x7D, 0xA3,
    0x42, 0x29, 0x74,
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn text(bytes: &[u8]) -> Vec<u8> {
    let mut text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.insert(4, '\n');
    text.into_bytes()
}

fn refused(bytes: Vec<u8>) -> Code {
    document(bytes).unwrap_err().0
}

#[test]
fn a_document_is_the_same_in_every_wrapping() {
    for packed in [
        CONFIG.to_vec(),
        gzip(CONFIG),
        ZSTD.to_vec(),
        text(CONFIG),
        text(&gzip(CONFIG)),
        text(&ZSTD),
        gzip(&gzip(CONFIG)),
    ] {
        assert_eq!(document(packed.clone()).unwrap(), CONFIG, "{packed:?}");
    }
    let two_frames = [ZSTD, ZSTD].concat();
    assert_eq!(zstd(&two_frames, LIMIT).unwrap().len(), 2 * CONFIG.len());
}

#[test]
fn a_third_layer_is_refused() {
    assert_eq!(refused(text(&gzip(&gzip(CONFIG)))), Code::ConfigUnreadable);
    assert_eq!(refused(text(&text(&text(CONFIG)))), Code::ConfigUnreadable);
}

#[test]
fn a_truncated_document_is_unreadable_wherever_it_is_cut() {
    let packed = gzip(CONFIG);
    for length in 2..packed.len() {
        assert_eq!(refused(packed[..length].to_vec()), Code::ConfigUnreadable, "gzip cut to {length}");
    }
    for length in 4..ZSTD.len() {
        assert_eq!(refused(ZSTD[..length].to_vec()), Code::ConfigUnreadable, "zstd cut to {length}");
    }
    let packed = text(&gzip(CONFIG));
    for length in 9..packed.len() - 4 {
        assert_eq!(refused(packed[..length].to_vec()), Code::ConfigUnreadable, "base64 cut to {length}");
    }
}

#[test]
fn a_changed_byte_of_the_content_is_noticed() {
    for packed in [gzip(CONFIG), ZSTD.to_vec()] {
        let mut damaged = packed.clone();
        let last = damaged.len() - 1;
        damaged[last.min(30)] ^= 1;
        assert!(document(damaged).is_err());
    }
}

#[test]
fn a_bomb_is_too_large_by_its_ratio_and_by_its_size() {
    assert_eq!(refused(gzip(&vec![b' '; 2 << 20])), Code::ConfigTooLarge);
    assert_eq!(refused(gzip(&gzip(&vec![0; 64 << 20]))), Code::ConfigTooLarge);
    // Noise hardly packs, so that the ratio says nothing.
    let mut noise = Noise(1);
    let large: Vec<u8> = (0..LIMIT + 1).map(|_| noise.byte() | 0x80).collect();
    assert_eq!(refused(gzip(&large[..LIMIT + 1])), Code::ConfigTooLarge);
    assert_eq!(document(large[..LIMIT].to_vec()).unwrap().len(), LIMIT);
}

#[test]
fn a_foreign_document_is_named_through_its_wrapping() {
    let (code, detail) = document(text(&gzip(b"#cloud-config\n"))).unwrap_err();
    assert_eq!(code, Code::ConfigForeign);
    assert!(detail.contains("cloud-init"), "{detail}");
    assert_eq!(refused(gzip(b"")), Code::ConfigForeign);
}

/// Bytes as good as random, the same in every run.
struct Noise(u64);

impl Noise {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 24) as u8
    }
}

#[test]
fn no_bytes_are_too_strange() {
    let mut noise = Noise(42);
    for round in 0..4000 {
        let mut bytes = match round % 4 {
            0 => gzip(CONFIG),
            1 => ZSTD.to_vec(),
            2 => text(&ZSTD),
            _ => (0..64).map(|_| noise.byte()).collect(),
        };
        for _ in 0..=round % 5 {
            let at = usize::from(noise.byte()) % bytes.len();
            bytes[at] = noise.byte();
        }
        // Only that it ends counts; a panic would end the test.
        let _ = document(bytes);
    }
}
