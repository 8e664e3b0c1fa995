//! The words that a fault is typed in: a kind, then `key=value` words in any order, quoted as in a shell.

use std::str::FromStr;
use std::time::Duration;

use super::app::{Change, Edit};
use super::when::When;
use super::{Fault, Harm, Kind};

/// Makes a kind of the words behind it.
type ReadKind = fn(&mut Words) -> Result<Kind, FaultError>;

const KINDS: [(&str, ReadKind); 18] = [
    ("429", |words| words.seconds("pause").map(Kind::Throttle)),
    ("429-account", |words| {
        words.seconds("pause").map(Kind::ThrottleAccount)
    }),
    ("500", |_| Ok(Kind::Trouble(500))),
    ("502", |_| Ok(Kind::Trouble(502))),
    ("503", |_| Ok(Kind::Trouble(503))),
    ("504", |_| Ok(Kind::Trouble(504))),
    ("html", |words| Ok(Kind::Page(words.status()?))),
    ("not-json", |_| Ok(Kind::Spoiled(Harm::NotJson))),
    ("cut", |_| Ok(Kind::Spoiled(Harm::Cut))),
    ("slow", |words| {
        Ok(Kind::Spoiled(Harm::Late(words.delay()?)))
    }),
    ("drop-before", |_| Ok(Kind::DropBefore)),
    ("drop-after", |_| Ok(Kind::Spoiled(Harm::Lost))),
    ("drop-late", |words| Ok(Kind::DropLate(words.delay()?))),
    ("expired", |_| Ok(Kind::Expired)),
    ("app-rename", |words| words.edit(Change::Rename)),
    ("app-toggle", |words| words.edit(Change::Toggle)),
    ("app-create", |words| words.edit(Change::Create)),
    ("app-delete", |words| words.edit(Change::Delete)),
];
const METHODS: [&str; 4] = ["GET", "POST", "PATCH", "DELETE"];

/// What a gateway answers, where nobody says.
const BAD_GATEWAY: u16 = 502;
/// How long an answer takes that is slow, and a request that is carried out late, where nobody says.
const SLOW: Duration = Duration::from_secs(5);
/// No wait is longer: a day outlasts every patience.
const LONGEST: f64 = 86_400.0;

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A quotation mark has no partner.
    #[error("a quotation mark is not closed")]
    Quotes,
    /// There is nothing in it.
    #[error("a fault begins with its kind: {possible}")]
    NoKind {
        /// The kinds.
        possible: String,
    },
    /// The first word is no kind.
    #[error("`{word}` is no kind of fault; the kinds are {possible}")]
    Kind {
        /// The word.
        word: String,
        /// The kinds.
        possible: String,
    },
    /// A word is not one that the kind takes.
    #[error("`{kind}` takes no `{word}`; it takes {possible}")]
    Key {
        /// The kind.
        kind: &'static str,
        /// The word.
        word: String,
        /// The keys that it takes.
        possible: String,
    },
    /// A key has no value, or not one of its kind.
    #[error("`{word}`: {expected} is expected behind `{key}=`")]
    Value {
        /// The word.
        word: String,
        /// What stands before the value.
        key: &'static str,
        /// What the value may be.
        expected: &'static str,
    },
    /// A key stands more than once.
    #[error("`{key}` stands twice; keep one of them")]
    Twice {
        /// The key.
        key: &'static str,
    },
    /// Several keys say when.
    #[error("`{first}` and `{second}` both say when; keep one of them")]
    TwoTimes {
        /// The one.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let words = shlex::split(text).ok_or(FaultError::Quotes)?;
        let mut words = words.into_iter();
        let possible = || list(&KINDS.map(|(name, _)| name));
        let Some(word) = words.next() else {
            return Err(FaultError::NoKind {
                possible: possible(),
            });
        };
        let Some((name, read)) = KINDS.into_iter().find(|(name, _)| *name == word) else {
            return Err(FaultError::Kind {
                word,
                possible: possible(),
            });
        };
        let mut words = Words {
            left: words.collect(),
            asked: Vec::new(),
        };
        let method = words.method()?;
        let path = words.text("path")?;
        let when = words.when()?;
        let kind = read(&mut words)?;
        words.finish(name)?;
        Ok(Fault {
            name,
            kind,
            method,
            path,
            when,
        })
    }
}

/// The words behind the kind that nobody has asked for yet, and the keys that were asked for.
struct Words {
    left: Vec<String>,
    asked: Vec<&'static str>,
}

impl Words {
    fn edit(&mut self, change: Change) -> Result<Kind, FaultError> {
        Ok(Kind::App(Edit {
            change,
            user: self.text("user")?,
            rule: self.text("rule")?,
        }))
    }

    fn method(&mut self) -> Result<Option<String>, FaultError> {
        let known = |text: &str| {
            let text = text.to_uppercase();
            METHODS.contains(&&*text).then_some(text)
        };
        self.value("method", "GET, POST, PATCH or DELETE", known)
    }

    fn when(&mut self) -> Result<When, FaultError> {
        const COUNT: &str = "a whole number from 1 on";
        let count = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let rate = |text: &str| text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let given = [
            ("first", self.value("first", COUNT, count)?.map(When::First)),
            ("every", self.value("every", COUNT, count)?.map(When::Every)),
            ("nth", self.value("nth", COUNT, count)?.map(When::Nth)),
            (
                "rate",
                self.value("rate", "a number from 0 to 1", rate)?
                    .map(When::Rate),
            ),
        ];
        let mut given = given
            .into_iter()
            .filter_map(|(key, when)| Some((key, when?)));
        match (given.next(), given.next()) {
            (None, _) => Ok(When::Always),
            (Some((_, when)), None) => Ok(when),
            (Some((first, _)), Some((second, _))) => Err(FaultError::TwoTimes { first, second }),
        }
    }

    fn status(&mut self) -> Result<u16, FaultError> {
        let status = |text: &str| text.parse().ok().filter(|code| (200..600).contains(code));
        let status = self.value("status", "a status from 200 to 599", status)?;
        Ok(status.unwrap_or(BAD_GATEWAY))
    }

    fn delay(&mut self) -> Result<Duration, FaultError> {
        Ok(self.seconds("delay")?.unwrap_or(SLOW))
    }

    fn seconds(&mut self, key: &'static str) -> Result<Option<Duration>, FaultError> {
        let seconds = |text: &str| {
            let seconds = text.parse().ok();
            let seconds = seconds.filter(|seconds| (0.0..=LONGEST).contains(seconds));
            seconds.map(Duration::from_secs_f64)
        };
        self.value(key, "a number of seconds up to 86400", seconds)
    }

    fn text(&mut self, key: &'static str) -> Result<Option<String>, FaultError> {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.value(key, "a text", text)
    }

    /// Takes the word with this key.
    fn value<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, FaultError> {
        self.asked.push(key);
        let has_key = |word: &mut String| word.split('=').next() == Some(key);
        let found: Vec<String> = self.left.extract_if(.., has_key).collect();
        let word = match &found[..] {
            [] => return Ok(None),
            [word] => word,
            _ => return Err(FaultError::Twice { key }),
        };
        let value = word.split_once('=').and_then(|(_, value)| read(value));
        let wrong = || FaultError::Value {
            word: word.clone(),
            key,
            expected,
        };
        value.map(Some).ok_or_else(wrong)
    }

    /// Refuses what nobody has asked for.
    fn finish(self, kind: &'static str) -> Result<(), FaultError> {
        let Some(word) = self.left.into_iter().next() else {
            return Ok(());
        };
        Err(FaultError::Key {
            kind,
            word: word.split('=').next().unwrap_or_default().to_owned(),
            possible: list(&self.asked),
        })
    }
}

/// Words as a sentence lists them.
fn list(words: &[&str]) -> String {
    match words {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_with_every_way_to_say_when() {
        for (name, _) in KINDS {
            for when in ["", " first=2", " every=3", " nth=4", " rate=0.5"] {
                let text = format!("{name}{when}");
                let fault: Fault = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
                assert_eq!(fault.name, name);
                assert_eq!(fault.when == When::Always, when.is_empty());
            }
        }
    }

    #[test]
    fn words_in_any_order_quoted_as_in_a_shell() {
        let text = r#"app-rename nth=2 rule="Office move" method=get user=101 path='/a b'"#;
        let edit = Edit {
            change: Change::Rename,
            user: Some("101".to_owned()),
            rule: Some("Office move".to_owned()),
        };
        let fault = Fault {
            name: "app-rename",
            kind: Kind::App(edit),
            method: Some("GET".to_owned()),
            path: Some("/a b".to_owned()),
            when: When::Nth(2),
        };
        assert_eq!(text.parse(), Ok(fault));
    }

    #[test]
    fn what_is_wrong_and_what_is_possible() {
        const ALL: &str = "429, 429-account, 500, 502, 503, 504, html, not-json, cut, slow, \
            drop-before, drop-after, drop-late, expired, app-rename, app-toggle, app-create or app-delete";
        for (text, told) in [
            ("", format!("a fault begins with its kind: {ALL}")),
            (
                "501",
                format!("`501` is no kind of fault; the kinds are {ALL}"),
            ),
            (
                "503 nht=2",
                "`503` takes no `nht`; it takes method, path, first, every, nth or rate".to_owned(),
            ),
            (
                "429 rule=x",
                "`429` takes no `rule`; it takes method, path, first, every, nth, rate or pause"
                    .to_owned(),
            ),
            (
                "503 nth",
                "`nth`: a whole number from 1 on is expected behind `nth=`".to_owned(),
            ),
            (
                "503 nth=0",
                "`nth=0`: a whole number from 1 on is expected behind `nth=`".to_owned(),
            ),
            (
                "503 rate=2",
                "`rate=2`: a number from 0 to 1 is expected behind `rate=`".to_owned(),
            ),
            (
                "503 method=PUT",
                "`method=PUT`: GET, POST, PATCH or DELETE is expected behind `method=`".to_owned(),
            ),
            (
                "slow delay=NaN",
                "`delay=NaN`: a number of seconds up to 86400 is expected behind `delay=`"
                    .to_owned(),
            ),
            (
                "html status=99",
                "`status=99`: a status from 200 to 599 is expected behind `status=`".to_owned(),
            ),
            (
                "503 path=",
                "`path=`: a text is expected behind `path=`".to_owned(),
            ),
            (
                "503 nth=1 nth=2",
                "`nth` stands twice; keep one of them".to_owned(),
            ),
            (
                "503 rate=1 first=2",
                "`first` and `rate` both say when; keep one of them".to_owned(),
            ),
            ("503 path='a", "a quotation mark is not closed".to_owned()),
        ] {
            assert_eq!(
                text.parse::<Fault>().unwrap_err().to_string(),
                told,
                "{text}"
            );
        }
    }
}
