//! Fixtures out of the bytes that a fuzzer makes.

use std::io::{Read, Write};

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
    let packed = match choice % 3 {
        _ if target == "packed" => text.clone(),
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
    let came = if target == "packed" {
        unpacked(&text)
    } else {
        text.len()
    };
    // However long something says that it is.
    assert!(
        read.held <= 2 * came + 256 * 1024,
        "{} bytes held of {came}",
        read.held
    );
    read
}

/// How many bytes come of what is said to be compressed, to its end or to where it is broken.
fn unpacked(bytes: &[u8]) -> usize {
    let mut source: Box<dyn Read + '_> = match bytes {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let decoder = zstd::Decoder::new(bytes).and_then(|mut it| {
                it.window_log_max(23)?;
                Ok(it)
            });
            Box::new(decoder.expect("memory is read"))
        }
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        plain => return plain.len(),
    };
    let mut came = 0;
    let mut some = [0; 8192];
    while let Ok(length @ 1..) = source.read(&mut some) {
        came += length;
    }
    came
}
