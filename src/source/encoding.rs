//! Bytes to text: UTF-8, or UTF-16 as the redirect of Windows PowerShell 5.1 writes it.

/// Why bytes are not text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecodable {
    /// Neither a byte order mark nor valid UTF-8.
    #[error("byte {at} is not valid UTF-8")]
    NotUtf8 {
        /// Offset of the first offending byte.
        at: usize,
    },
    /// A UTF-16 byte order mark, but a lone surrogate or half a unit later on.
    #[error("it starts as UTF-16, but the unit at byte {at} is not valid")]
    NotUtf16 {
        /// Offset of the first offending byte.
        at: usize,
    },
}

/// Decodes the bytes of one file and drops a byte order mark.
///
/// # Errors
/// When the bytes are neither UTF-8 nor UTF-16 with a byte order mark.
pub fn decode(bytes: Vec<u8>) -> Result<String, Undecodable> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => decode_utf8(rest.to_vec()),
        _ => decode_utf8(bytes),
    }
}

/// Decodes the bytes of a captured file whatever they are, and tells whether letters outside of ASCII are
/// placeholders: a console writes in a code page that the file does not name. The same bytes become the same
/// letters, so names can be compared within one capture.
#[must_use]
pub fn decode_capture(bytes: Vec<u8>) -> (String, bool) {
    /// Where the placeholders begin: 128 letters of one block.
    const PLACEHOLDERS: u32 = 0x0180;
    if let Some(Ok(text)) = unmarked_utf16(&bytes) {
        return (text, false);
    }
    if let Ok(text) = decode(bytes.clone()) {
        return (text, false);
    }
    let letter = |byte: u8| match byte {
        0..=0x7f => char::from(byte),
        _ => char::from_u32(PLACEHOLDERS + u32::from(byte - 0x80)).expect("a letter of Latin Extended-B"),
    };
    (bytes.into_iter().map(letter).collect(), true)
}

/// UTF-16 without a byte order mark, as it stands in the middle of what several programs wrote to one file: of ASCII
/// every other byte is zero, and no other text has zeros.
fn unmarked_utf16(bytes: &[u8]) -> Option<Result<String, Undecodable>> {
    const LOOKED_AT: usize = 64;
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return None;
    }
    let (units, _) = bytes.get(..bytes.len().min(LOOKED_AT))?.as_chunks::<2>();
    let count = |is: fn(&[u8; 2]) -> bool| units.iter().filter(|unit| is(unit)).count();
    let is_most = |many: usize| many > 1 && many * 4 > units.len() * 3;
    if is_most(count(|unit| unit[0] != 0 && unit[1] == 0)) {
        Some(decode_utf16(bytes, u16::from_le_bytes))
    } else if is_most(count(|unit| unit[0] == 0 && unit[1] != 0)) {
        Some(decode_utf16(bytes, u16::from_be_bytes))
    } else {
        None
    }
}

fn decode_utf8(bytes: Vec<u8>) -> Result<String, Undecodable> {
    String::from_utf8(bytes).map_err(|error| Undecodable::NotUtf8 { at: error.utf8_error().valid_up_to() })
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Undecodable> {
    const BYTE_ORDER_MARK: usize = 2;
    let (units, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(Undecodable::NotUtf16 { at: BYTE_ORDER_MARK + bytes.len() - 1 });
    }
    let mut text = String::with_capacity(units.len());
    let mut at = BYTE_ORDER_MARK;
    for decoded in char::decode_utf16(units.iter().copied().map(unit)) {
        let character = decoded.map_err(|_| Undecodable::NotUtf16 { at })?;
        text.push(character);
        at += 2 * character.len_utf16();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn powershell_writes_utf16() {
        let text = "kind: Service\r\nname: ü𝄞\r\n";
        assert_eq!(decode(utf16(text, [0xff, 0xfe], u16::to_le_bytes)).unwrap(), text);
        assert_eq!(decode(utf16(text, [0xfe, 0xff], u16::to_be_bytes)).unwrap(), text);
    }

    #[test]
    fn a_byte_order_mark_is_not_text() {
        assert_eq!(decode(b"\xef\xbb\xbfkind".to_vec()).unwrap(), "kind");
    }

    /// A capture is read however many letters it has, and a text with a zero in it is not taken for another.
    #[test]
    fn utf16_is_known_without_a_mark() {
        for text in ["Ok", "Policy for port : 7A31\r\n", "überall ein Wörterbuch"] {
            assert_eq!(decode_capture(utf16(text, [0xff, 0xfe], u16::to_le_bytes)).0, text);
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let unmarked = utf16(text, [0, 0], bytes)[2..].to_vec();
                assert_eq!(decode_capture(unmarked), (text.to_owned(), false), "{text}");
            }
        }
        for text in ["", "a", "ab", "a\0", "rule a\0b\0c : ordinary text goes on here"] {
            assert_eq!(decode_capture(text.into()).0, text);
        }
    }

    #[test]
    fn the_offending_byte_is_named() {
        assert_eq!(decode(b"ab\xffcd".to_vec()), Err(Undecodable::NotUtf8 { at: 2 }));
        assert_eq!(decode(vec![0xff, 0xfe, b'a', 0, b'b']), Err(Undecodable::NotUtf16 { at: 4 }));
        assert_eq!(decode(vec![0xff, 0xfe, b'a', 0, 0, 0xd8]), Err(Undecodable::NotUtf16 { at: 4 }));
    }
}
