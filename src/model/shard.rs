//! Shards: parts of all users, so that several runs can share the work.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One shard of a number of shards. The shard of a user does not depend on other users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserShard {
    /// The index of the shard, counted from 1.
    pub number: NonZeroU32,
    /// The number of shards.
    pub of: NonZeroU32,
}

impl UserShard {
    /// Returns whether the user with this name belongs to the shard.
    pub fn contains(self, name: &str) -> bool {
        let digest = Sha256::digest(name);
        let hash = { digest.iter().take(8) }.fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        hash % u64::from(self.of.get()) == u64::from(self.number.get() - 1)
    }

    /// Returns whether this is the first shard, which reports what concerns no single user.
    pub fn is_first(self) -> bool {
        self.number.get() == 1
    }
}

impl fmt::Display for UserShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// A text that is not a shard.
#[derive(Debug, thiserror::Error)]
#[error("expected I/N, part I of N, counted from 1: 2/4 is the second of four")]
pub struct ShardParseError;

impl FromStr for UserShard {
    type Err = ShardParseError;

    fn from_str(text: &str) -> Result<Self, ShardParseError> {
        let (number, of) = text.split_once('/').ok_or(ShardParseError)?;
        let shard = UserShard {
            number: number.parse().map_err(|_| ShardParseError)?,
            of: of.parse().map_err(|_| ShardParseError)?,
        };
        (shard.number <= shard.of)
            .then_some(shard)
            .ok_or(ShardParseError)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(of: u32) -> impl Iterator<Item = UserShard> {
        let of = NonZeroU32::new(of).unwrap();
        (1..=of.get()).map(move |number| UserShard {
            number: NonZeroU32::new(number).unwrap(),
            of,
        })
    }

    #[test]
    fn nonsense_is_no_shard() {
        for text in [
            "0/4", "5/4", "x", "", "/", "1/", "/4", "1/0", "-1/4", "1/4/2", "1.5/2",
        ] {
            assert!(text.parse::<UserShard>().is_err(), "{text}");
        }
        for text in ["1/1", "2/4", "4/4"] {
            assert_eq!(text.parse::<UserShard>().unwrap().to_string(), text);
        }
    }

    /// The assignment must stay the same in every version.
    #[test]
    fn who_is_in_which_stays_so() {
        let in_which = |name| {
            all(4)
                .find(|shard| shard.contains(name))
                .unwrap()
                .to_string()
        };
        let names = ["63700001004", "63700002004", "63700003004", "63700004004"];
        assert_eq!(names.map(in_which), ["1/4", "3/4", "3/4", "1/4"]);
    }

    #[test]
    fn the_parts_are_about_equal() {
        for shard in all(4) {
            let users = (0..10_000).filter(|id| shard.contains(&id.to_string()));
            let users = users.count();
            assert!((2_300..2_700).contains(&users), "{shard}: {users}");
        }
    }

    proptest! {
        #[test]
        fn everybody_is_in_exactly_one(name in ".{0,20}", of in 1_u32..50) {
            prop_assert_eq!(all(of).filter(|shard| shard.contains(&name)).count(), 1);
        }
    }
}
