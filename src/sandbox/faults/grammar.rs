//! The syntax of faults: a kind, followed by `key=value` words in any order, quoted as in a shell.

use std::str::FromStr;
use std::time::Duration;

use super::concurrent_edit::{ConcurrentEdit, EditKind};
use super::trigger::FaultTrigger;
use super::{FaultEffect, RequestFault, ResponseFault};

/// Parses the options of a kind and returns its effect.
type FaultEffectParser = fn(&mut FaultWords) -> Result<FaultEffect, FaultParseError>;

/// All kinds of faults with their parsers.
const FAULT_KINDS: [(&str, FaultEffectParser); 18] = [
    ("429", |words| {
        words.parse_seconds("pause").map(FaultEffect::Throttle)
    }),
    ("429-account", |words| {
        words
            .parse_seconds("pause")
            .map(FaultEffect::ThrottleAccount)
    }),
    ("500", |_| Ok(FaultEffect::Status(500))),
    ("502", |_| Ok(FaultEffect::Status(502))),
    ("503", |_| Ok(FaultEffect::Status(503))),
    ("504", |_| Ok(FaultEffect::Status(504))),
    ("html", |words| Ok(FaultEffect::Html(words.parse_status()?))),
    ("not-json", |_| {
        Ok(FaultEffect::Response(ResponseFault::NotJson))
    }),
    ("cut", |_| {
        Ok(FaultEffect::Response(ResponseFault::Truncated))
    }),
    ("slow", |words| {
        Ok(FaultEffect::Response(ResponseFault::Delayed(
            words.parse_delay()?,
        )))
    }),
    ("drop-before", |_| Ok(FaultEffect::DropBefore)),
    ("drop-after", |_| {
        Ok(FaultEffect::Response(ResponseFault::Dropped))
    }),
    ("drop-late", |words| {
        Ok(FaultEffect::DropLate(words.parse_delay()?))
    }),
    ("expired", |_| Ok(FaultEffect::ExpireToken)),
    ("app-rename", |words| words.parse_edit(EditKind::Rename)),
    ("app-toggle", |words| words.parse_edit(EditKind::Toggle)),
    ("app-create", |words| words.parse_edit(EditKind::Create)),
    ("app-delete", |words| words.parse_edit(EditKind::Delete)),
];
const METHODS: [&str; 4] = ["GET", "POST", "PATCH", "DELETE"];

/// Default status of a gateway's error page.
const BAD_GATEWAY: u16 = 502;
/// Default delay of slow responses and of late requests.
const DEFAULT_DELAY: Duration = Duration::from_secs(5);
/// Longest delay, in seconds: one day, which is longer than any client waits.
const MAX_DELAY_SECONDS: f64 = 86_400.0;

/// An error in a fault specification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultParseError {
    /// A quotation mark is not closed.
    #[error("unclosed quotation mark")]
    UnclosedQuote,
    /// The specification is empty.
    #[error("missing fault kind; expected {possible}")]
    MissingKind {
        /// List of all kinds.
        possible: String,
    },
    /// The first word is not a kind of fault.
    #[error("unknown fault kind `{word}`; expected {possible}")]
    UnknownKind {
        /// First word of the specification.
        word: String,
        /// List of all kinds.
        possible: String,
    },
    /// The kind does not accept this key.
    #[error("`{kind}` does not accept `{word}`; expected {possible}")]
    UnknownKey {
        /// Kind of the fault.
        kind: &'static str,
        /// Key that is unknown.
        word: String,
        /// List of the accepted keys.
        possible: String,
    },
    /// The value of a key is missing or invalid.
    #[error("invalid `{word}`; expected {expected} after `{key}=`")]
    InvalidValue {
        /// Complete word, with its key.
        word: String,
        /// Key in front of the value.
        key: &'static str,
        /// Description of valid values.
        expected: &'static str,
    },
    /// A key appears more than once.
    #[error("duplicate key `{key}`; keep one of them")]
    DuplicateKey {
        /// Key that is repeated.
        key: &'static str,
    },
    /// Several keys select requests by number or by probability.
    #[error("`{first}` and `{second}` cannot be combined; keep one of them")]
    ConflictingTriggers {
        /// First of the two keys.
        first: &'static str,
        /// Second of the two keys.
        second: &'static str,
    },
}

impl FromStr for RequestFault {
    type Err = FaultParseError;

    fn from_str(text: &str) -> Result<RequestFault, FaultParseError> {
        let mut shell_words = shlex::split(text)
            .ok_or(FaultParseError::UnclosedQuote)?
            .into_iter();
        let possible = || join_with_or(&FAULT_KINDS.map(|(name, _)| name));
        let Some(word) = shell_words.next() else {
            return Err(FaultParseError::MissingKind {
                possible: possible(),
            });
        };
        let Some((name, parse_effect)) = FAULT_KINDS.into_iter().find(|(name, _)| *name == word)
        else {
            return Err(FaultParseError::UnknownKind {
                word,
                possible: possible(),
            });
        };
        let mut words = FaultWords {
            remaining: shell_words.collect(),
            accepted_keys: Vec::new(),
        };
        let method = words.parse_method()?;
        let path = words.parse_text("path")?;
        let trigger = words.parse_trigger()?;
        let effect = parse_effect(&mut words)?;
        words.finish(name)?;
        Ok(RequestFault {
            name,
            effect,
            method,
            path,
            trigger,
        })
    }
}

/// The words after the kind that are not parsed yet, and the keys that the kind accepts.
struct FaultWords {
    remaining: Vec<String>,
    accepted_keys: Vec<&'static str>,
}

impl FaultWords {
    /// Parses the user and the rule of an edit.
    fn parse_edit(&mut self, kind: EditKind) -> Result<FaultEffect, FaultParseError> {
        Ok(FaultEffect::ConcurrentEdit(ConcurrentEdit {
            kind,
            user: self.parse_text("user")?,
            rule: self.parse_text("rule")?,
        }))
    }

    fn parse_method(&mut self) -> Result<Option<String>, FaultParseError> {
        let parse = |text: &str| {
            let text = text.to_uppercase();
            METHODS.contains(&&*text).then_some(text)
        };
        self.take_value("method", "GET, POST, PATCH or DELETE", parse)
    }

    fn parse_trigger(&mut self) -> Result<FaultTrigger, FaultParseError> {
        const COUNT: &str = "a positive integer";
        let count = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let rate = |text: &str| text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let candidates = [
            (
                "first",
                self.take_value("first", COUNT, count)?
                    .map(FaultTrigger::First),
            ),
            (
                "every",
                self.take_value("every", COUNT, count)?
                    .map(FaultTrigger::Every),
            ),
            (
                "nth",
                self.take_value("nth", COUNT, count)?.map(FaultTrigger::Nth),
            ),
            (
                "rate",
                self.take_value("rate", "a number from 0 to 1", rate)?
                    .map(FaultTrigger::Rate),
            ),
        ];
        let mut triggers = candidates
            .into_iter()
            .filter_map(|(key, trigger)| Some((key, trigger?)));
        match (triggers.next(), triggers.next()) {
            (None, _) => Ok(FaultTrigger::Always),
            (Some((_, trigger)), None) => Ok(trigger),
            (Some((first, _)), Some((second, _))) => {
                Err(FaultParseError::ConflictingTriggers { first, second })
            }
        }
    }

    fn parse_status(&mut self) -> Result<u16, FaultParseError> {
        let parse = |text: &str| text.parse().ok().filter(|code| (200..600).contains(code));
        let status = self.take_value("status", "a status from 200 to 599", parse)?;
        Ok(status.unwrap_or(BAD_GATEWAY))
    }

    fn parse_delay(&mut self) -> Result<Duration, FaultParseError> {
        Ok(self.parse_seconds("delay")?.unwrap_or(DEFAULT_DELAY))
    }

    fn parse_seconds(&mut self, key: &'static str) -> Result<Option<Duration>, FaultParseError> {
        let parse = |text: &str| {
            let seconds = text.parse().ok()?;
            (0.0..=MAX_DELAY_SECONDS)
                .contains(&seconds)
                .then(|| Duration::from_secs_f64(seconds))
        };
        self.take_value(key, "a number of seconds up to 86400", parse)
    }

    fn parse_text(&mut self, key: &'static str) -> Result<Option<String>, FaultParseError> {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.take_value(key, "a nonempty value", text)
    }

    /// Removes the word with this key and parses its value.
    fn take_value<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, FaultParseError> {
        self.accepted_keys.push(key);
        let has_key = |word: &mut String| word.split('=').next() == Some(key);
        let words: Vec<String> = self.remaining.extract_if(.., has_key).collect();
        let word = match &words[..] {
            [] => return Ok(None),
            [word] => word,
            _ => return Err(FaultParseError::DuplicateKey { key }),
        };
        let value = word.split_once('=').and_then(|(_, value)| parse(value));
        let invalid_value = || FaultParseError::InvalidValue {
            word: word.clone(),
            key,
            expected,
        };
        value.map(Some).ok_or_else(invalid_value)
    }

    /// Rejects words with unknown keys.
    fn finish(self, kind: &'static str) -> Result<(), FaultParseError> {
        let Some(word) = self.remaining.into_iter().next() else {
            return Ok(());
        };
        Err(FaultParseError::UnknownKey {
            kind,
            word: word.split('=').next().unwrap_or_default().to_owned(),
            possible: join_with_or(&self.accepted_keys),
        })
    }
}

/// Joins words as `a, b or c`.
fn join_with_or(words: &[&str]) -> String {
    match words {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_parses_with_every_trigger() {
        for (name, _) in FAULT_KINDS {
            for trigger in ["", " first=2", " every=3", " nth=4", " rate=0.5"] {
                let text = format!("{name}{trigger}");
                let fault: RequestFault = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
                assert_eq!(fault.name, name);
                assert_eq!(fault.trigger == FaultTrigger::Always, trigger.is_empty());
            }
        }
    }

    #[test]
    fn words_parse_in_any_order_with_shell_quotes() {
        let text = r#"app-rename nth=2 rule="Office move" method=get user=101 path='/a b'"#;
        let edit = ConcurrentEdit {
            kind: EditKind::Rename,
            user: Some("101".to_owned()),
            rule: Some("Office move".to_owned()),
        };
        let fault = RequestFault {
            name: "app-rename",
            effect: FaultEffect::ConcurrentEdit(edit),
            method: Some("GET".to_owned()),
            path: Some("/a b".to_owned()),
            trigger: FaultTrigger::Nth(2),
        };
        assert_eq!(text.parse(), Ok(fault));
    }

    #[test]
    fn parse_errors_list_the_expected_words() {
        const ALL: &str = "429, 429-account, 500, 502, 503, 504, html, not-json, cut, slow, \
            drop-before, drop-after, drop-late, expired, app-rename, app-toggle, app-create or app-delete";
        for (text, message) in [
            ("", format!("missing fault kind; expected {ALL}")),
            (
                "501",
                format!("unknown fault kind `501`; expected {ALL}"),
            ),
            (
                "503 nht=2",
                "`503` does not accept `nht`; expected method, path, first, every, nth or rate".to_owned(),
            ),
            (
                "429 rule=x",
                "`429` does not accept `rule`; expected method, path, first, every, nth, rate or pause"
                    .to_owned(),
            ),
            (
                "503 nth",
                "invalid `nth`; expected a positive integer after `nth=`".to_owned(),
            ),
            (
                "503 nth=0",
                "invalid `nth=0`; expected a positive integer after `nth=`".to_owned(),
            ),
            (
                "503 rate=2",
                "invalid `rate=2`; expected a number from 0 to 1 after `rate=`".to_owned(),
            ),
            (
                "503 method=PUT",
                "invalid `method=PUT`; expected GET, POST, PATCH or DELETE after `method=`".to_owned(),
            ),
            (
                "slow delay=NaN",
                "invalid `delay=NaN`; expected a number of seconds up to 86400 after `delay=`"
                    .to_owned(),
            ),
            (
                "html status=99",
                "invalid `status=99`; expected a status from 200 to 599 after `status=`".to_owned(),
            ),
            (
                "503 path=",
                "invalid `path=`; expected a nonempty value after `path=`".to_owned(),
            ),
            (
                "503 nth=1 nth=2",
                "duplicate key `nth`; keep one of them".to_owned(),
            ),
            (
                "503 rate=1 first=2",
                "`first` and `rate` cannot be combined; keep one of them".to_owned(),
            ),
            ("503 path='a", "unclosed quotation mark".to_owned()),
        ] {
            assert_eq!(
                text.parse::<RequestFault>().unwrap_err().to_string(),
                message,
                "{text}"
            );
        }
    }
}
