//! Reading bounded lists that people write: what is over the bound is told with both numbers.

use crate::catalog::List;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// The list has more than its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list has {count}, the bound is {count_max}")]
pub struct ListTooLong {
    /// How many it has.
    pub count: usize,
    /// The bound.
    pub count_max: u32,
}

/// For `deserialize_with`: a list of at most `N`.
///
/// # Errors
/// [`ListTooLong`] in the words of the deserializer, or what an element says.
pub fn read<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: u32>(
    deserializer: D,
) -> Result<List<T, N>, D::Error> {
    deserializer.deserialize_seq(Elements(PhantomData))
}

struct Elements<T, const N: u32>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: u32> Visitor<'de> for Elements<T, N> {
    type Value = List<T, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {N}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<List<T, N>, A::Error> {
        let mut list = List::default();
        while list.len() < N as usize {
            match elements.next_element()? {
                Some(element) => list.try_push(element).map_err(|_| A::Error::custom("the list is full"))?,
                None => return Ok(list),
            }
        }
        // What is over the bound is counted and never kept.
        let mut count = list.len();
        while elements.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        match count > list.len() {
            true => Err(A::Error::custom(ListTooLong { count, count_max: N })),
            false => Ok(list),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde::de::value::{Error as Refused, SeqDeserializer};

    fn read_numbers(numbers: std::ops::Range<u32>) -> Result<List<u32, 3>, Refused> {
        read(SeqDeserializer::<_, Refused>::new(numbers))
    }

    #[test]
    fn a_list_up_to_its_bound_is_read() {
        assert_eq!(read_numbers(0..0).unwrap().to_vec(), [0; 0]);
        assert_eq!(read_numbers(0..3).unwrap().to_vec(), [0, 1, 2]);
    }

    #[test]
    fn a_list_over_its_bound_is_refused_with_both_numbers() {
        assert_eq!(read_numbers(0..4).unwrap_err().to_string(), "the list has 4, the bound is 3");
        assert_eq!(read_numbers(0..65).unwrap_err().to_string(), "the list has 65, the bound is 3");
    }
}
