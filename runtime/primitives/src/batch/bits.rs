//! Bytes, minimal LEB128 and packed bits, written and read.

use super::DecodeError;

/// Bits that a value takes; 0 takes none.
pub(super) const fn width(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// The bits of `value` at the places that `mask` names, moved together.
pub(super) fn gather(value: u64, mask: u64) -> u64 {
    places(mask).zip(0..).fold(0, |bits, (place, to)| bits | (value >> place & 1) << to)
}

/// The opposite of [`gather`].
pub(super) fn scatter(bits: u64, mask: u64) -> u64 {
    places(mask).zip(0..).fold(0, |value, (place, from)| value | (bits >> from & 1) << place)
}

fn places(mask: u64) -> impl Iterator<Item = u32> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let place = (rest != 0).then(|| rest.trailing_zeros())?;
        rest &= rest - 1;
        Some(place)
    })
}

/// A body that grows. Whole bytes are only written where no bits wait: [`Writer::align`] stands behind every packed column.
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Bits that fill no byte yet, fewer than 8.
    waiting: u128,
    waiting_bits: u32,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), waiting: 0, waiting_bits: 0 }
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// The lowest `width` bits of `value`, which has no others.
    pub(super) fn bits(&mut self, value: u64, width: u32) {
        self.waiting |= u128::from(value) << self.waiting_bits;
        self.waiting_bits += width;
        while self.waiting_bits >= 8 {
            self.bytes.push(self.waiting as u8);
            self.waiting >>= 8;
            self.waiting_bits -= 8;
        }
    }

    pub(super) fn align(&mut self) {
        if self.waiting_bits > 0 {
            self.bytes.push(self.waiting as u8);
            (self.waiting, self.waiting_bits) = (0, 0);
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// A body that is read from its beginning.
pub(super) struct Reader<'a> {
    body: &'a [u8],
    rest: &'a [u8],
    waiting: u128,
    waiting_bits: u32,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { body, rest: body, waiting: 0, waiting_bits: 0 }
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.raw::<1>().map(|[byte]| byte)
    }

    pub(super) fn raw<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let truncated = DecodeError::Truncated { bytes: self.body.len() };
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(truncated)?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(super) fn number(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            // The tenth byte has room for one bit, and none for another byte behind it.
            if shift == 63 && byte > 1 {
                return Err(DecodeError::Number);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if byte == 0 && shift > 0 { Err(DecodeError::Number) } else { Ok(value) };
            }
        }
        Err(DecodeError::Number)
    }

    /// A number between `min` and `max`.
    pub(super) fn within(&mut self, what: &'static str, min: u64, max: u64) -> Result<u64, DecodeError> {
        let found = self.number()?;
        if (min..=max).contains(&found) { Ok(found) } else { Err(DecodeError::Range { what, found, min, max }) }
    }

    /// A count or place between `min` and `max`.
    pub(super) fn count(&mut self, what: &'static str, min: usize, max: usize) -> Result<usize, DecodeError> {
        self.within(what, min as u64, max as u64).map(|count| count as usize)
    }

    /// An id of 32 bits.
    pub(super) fn id(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        self.within(what, 0, u32::MAX.into()).map(|id| id as u32)
    }

    /// An id or version of 16 bits.
    pub(super) fn short_id(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        self.within(what, 0, u16::MAX.into()).map(|id| id as u16)
    }

    /// `width` packed bits, at most 64.
    pub(super) fn bits(&mut self, width: u32) -> Result<u64, DecodeError> {
        while self.waiting_bits < width {
            self.waiting |= u128::from(self.byte()?) << self.waiting_bits;
            self.waiting_bits += 8;
        }
        let bits = self.waiting & ((1 << width) - 1);
        self.waiting >>= width;
        self.waiting_bits -= width;
        Ok(bits as u64)
    }

    pub(super) fn align(&mut self) -> Result<(), DecodeError> {
        if self.waiting != 0 {
            return Err(DecodeError::Padding);
        }
        self.waiting_bits = 0;
        Ok(())
    }

    pub(super) const fn end(&self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(DecodeError::Trailing { bytes }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_bits_read_back(numbers: Vec<u64>, widths in prop::collection::vec((0..=64u32, any::<u64>()), 0..40)) {
            let cut = |(width, value): &(u32, u64)| if *width == 64 { *value } else { value & ((1 << width) - 1) };
            let mut writer = Writer::with_capacity(0);
            for entry in &widths {
                writer.bits(cut(entry), entry.0);
            }
            writer.align();
            numbers.iter().for_each(|number| writer.number(*number));
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            for entry in &widths {
                prop_assert_eq!(reader.bits(entry.0), Ok(cut(entry)));
            }
            prop_assert_eq!(reader.align(), Ok(()));
            for number in numbers {
                prop_assert_eq!(reader.number(), Ok(number));
            }
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn scattered_bits_gather_again(value: u64, mask: u64) {
            prop_assert_eq!(scatter(gather(value, mask), mask), value & mask);
            prop_assert_eq!(u64::from(gather(u64::MAX, mask).count_ones()), u64::from(mask.count_ones()));
        }
    }

    #[test]
    fn bits_lie_from_the_least_significant_one() {
        let mut writer = Writer::with_capacity(0);
        writer.bits(0b1, 1);
        writer.bits(0b10, 2);
        writer.bits(0b1_1110_0001, 9);
        writer.align();
        assert_eq!(writer.into_bytes(), [0b0000_1101, 0b0000_1111]);
    }

    #[test]
    fn only_the_shortest_form_of_a_number_is_read() {
        assert_eq!(Reader::new(&[0x80, 0]).number(), Err(DecodeError::Number));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).number(), Ok(u64::MAX));
        assert_eq!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]).number(),
            Err(DecodeError::Number)
        );
        assert_eq!(Reader::new(&[0x80; 11]).number(), Err(DecodeError::Number));
        assert_eq!(Reader::new(&[0x80]).number(), Err(DecodeError::Truncated { bytes: 1 }));
    }

    #[test]
    fn filling_bits_are_zero() {
        let mut reader = Reader::new(&[0b100]);
        assert_eq!(reader.bits(2).unwrap(), 0);
        assert_eq!(reader.align(), Err(DecodeError::Padding));
    }
}
