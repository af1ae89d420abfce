//! Fixtures out of the bytes that a fuzzer makes.

use std::io::Write;

use multischema::fixture;

/// The targets: each reads one format, `packed` what is said to be compressed.
pub const TARGETS: [&str; 4] = ["ndjson", "json", "copy", "packed"];

const SECTION: &str = "{\"multischema\":1,\"format\":\"copy\",\"schemata\":[]}\n\
    {\"schema\":\"a\",\"table\":\"t\",\"columns\":[{\"name\":\"id\",\"type\":\"bigint\"},{\"name\":\"x\",\"type\":\"text\"}],\"encoding\":\"";

/// Reads a fixture made of `data` for one of the targets. The first byte, a digit, says what comes before the others, and how all is compressed.
///
/// # Panics
///
/// Panics if more is held than came.
#[must_use]
pub fn read(target: &str, data: &[u8]) -> fixture::Read {
    let Some((choice, rest)) = data.split_first() else {
        return fixture::read(data);
    };
    let choice = usize::from(choice.wrapping_sub(b'0'));
    let begun = match (target, choice / 3 % 3) {
        ("ndjson", 0) => b"{\"multischema\":1,\"format\":\"ndjson\",\"schemata\":[]}\n".to_vec(),
        ("json", 0) => b"[".to_vec(),
        ("copy", 0) => b"{\"multischema\":1,\"format\":\"copy\",\"schemata\":[]}\n".to_vec(),
        ("copy", 1) => [
            SECTION.as_bytes(),
            b"binary\"}\n\0\0\0\x13PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0",
        ]
        .concat(),
        ("copy", _) => [SECTION.as_bytes(), b"text\"}\n"].concat(),
        ("packed", 1) => vec![0x28, 0xb5, 0x2f, 0xfd],
        ("packed", 2) => vec![0x1f, 0x8b, 8, 0],
        _ => Vec::new(),
    };
    let text = [&begun, rest].concat();
    if target == "packed" {
        return fixture::read(&text);
    }
    let packed = match choice % 3 {
        0 => text.clone(),
        1 => zstd::encode_all(&*text, 1).expect("memory is written to"),
        _ => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&text).expect("memory is written to");
            encoder.finish().expect("memory is written to")
        }
    };
    let read = fixture::read(&packed);
    // However long something says that it is.
    assert!(
        read.held <= 2 * text.len() + 256 * 1024,
        "{} bytes held of {}",
        read.held,
        text.len()
    );
    read
}
