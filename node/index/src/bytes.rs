//! The few encodings that rows share: big-endian numbers in keys, minimal LEB128 in values.

/// Appends `value` as minimal LEB128.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a minimal LEB128 number from the front; `None` if it is cut, padded or wider than 64 bits.
pub fn take_varint(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits || (*byte == 0 && shift > 0) {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Takes `N` bytes from the front.
pub fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = input.split_first_chunk::<N>()?;
    *input = rest;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_and_only_in_its_shortest_form() {
        for value in [0, 1, 127, 128, 300, 1 << 41, u64::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            let mut input = &bytes[..];
            assert_eq!(take_varint(&mut input), Some(value));
            assert!(input.is_empty());
        }
        assert_eq!(take_varint(&mut &[0x80, 0x00][..]), None, "padded");
        assert_eq!(take_varint(&mut &[0x80][..]), None, "cut");
        assert_eq!(take_varint(&mut &[0xff; 10][..]), None, "wider than 64 bits");
    }
}
