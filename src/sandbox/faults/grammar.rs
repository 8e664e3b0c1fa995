//! The syntax of faults: a kind, followed by `key=value` words in any order, quoted as in a shell.

use std::str::FromStr;
use std::time::Duration;

use super::concurrent_edit::{ConcurrentEdit, EditKind};
use super::forms::ResponseForm;
use super::trigger::FaultTrigger;
use super::{FaultEffect, RequestFault};

/// All kinds of faults with their effects. The options of a fault change its effect.
const FAULT_KINDS: [(&str, FaultEffect); 34] = [
    ("429", FaultEffect::Throttle(None)),
    ("429-account", FaultEffect::ThrottleAccount(None)),
    ("500", FaultEffect::Status(500)),
    ("502", FaultEffect::Status(502)),
    ("503", FaultEffect::Status(503)),
    ("504", FaultEffect::Status(504)),
    ("html", FaultEffect::Html(502)),
    ("not-json", FaultEffect::NotJson),
    ("cut", FaultEffect::Truncate),
    ("slow", FaultEffect::Delay(DEFAULT_DELAY)),
    ("drop-before", FaultEffect::DropBefore),
    ("drop-after", FaultEffect::DropAfter),
    ("drop-late", FaultEffect::DropLate(DEFAULT_DELAY)),
    ("expired", FaultEffect::ExpireToken),
    ("app-rename", edit_effect(EditKind::Rename)),
    ("app-switch", edit_effect(EditKind::Toggle)),
    ("app-create", edit_effect(EditKind::Create)),
    ("app-delete", edit_effect(EditKind::Delete)),
    ("lock", DEFAULT_LOCK),
    ("ignore-write", FaultEffect::IgnoreWrite),
    ("delete-error", FaultEffect::RefuseDelete),
    ("trim-names", FaultEffect::TrimNames(None)),
    ("legacy", FaultEffect::Legacy),
    ("short-list", FaultEffect::ShortList(None)),
    (
        "form-decimals",
        FaultEffect::Form(ResponseForm::DecimalNumbers),
    ),
    ("form-nfd", FaultEffect::Form(ResponseForm::DecomposedNames)),
    (
        "form-to-objects",
        FaultEffect::Form(ResponseForm::CalledNumberObjects),
    ),
    (
        "form-no-plus",
        FaultEffect::Form(ResponseForm::NumbersWithoutPlus),
    ),
    ("form-nulls", FaultEffect::Form(ResponseForm::NullFields)),
    (
        "form-midnight",
        FaultEffect::Form(ResponseForm::MidnightEnds),
    ),
    (
        "form-one-feature",
        FaultEffect::Form(ResponseForm::SingleFeature),
    ),
    (
        "form-reversed",
        FaultEffect::Form(ResponseForm::ReversedRules),
    ),
    ("form-labels", FaultEffect::Form(ResponseForm::OwnLabels)),
    (
        "form-external",
        FaultEffect::Form(ResponseForm::ExternalNames),
    ),
];
const METHODS: [&str; 4] = ["GET", "POST", "PATCH", "DELETE"];

/// The statuses of a lock. With 400 and 500, only the text of the message distinguishes locks
/// from other errors. \[field\]
const LOCK_STATUSES: [u16; 4] = [400, 409, 423, 500];
const DEFAULT_LOCK: FaultEffect = FaultEffect::Lock {
    status: 423,
    duration: None,
};

/// Default delay of slow responses and of late requests.
const DEFAULT_DELAY: Duration = Duration::from_secs(5);
/// Longest delay, in seconds: one day, which is longer than any client waits.
const MAX_DELAY_SECONDS: f64 = 86_400.0;

const fn edit_effect(kind: EditKind) -> FaultEffect {
    FaultEffect::ConcurrentEdit(ConcurrentEdit {
        kind,
        user: None,
        rule: None,
    })
}

/// An error in a fault specification, with the words that are accepted instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultParseError(String);

impl FromStr for RequestFault {
    type Err = FaultParseError;

    fn from_str(text: &str) -> Result<RequestFault, FaultParseError> {
        let unclosed_quote = || FaultParseError("unclosed quotation mark".to_owned());
        let mut shell_words = shlex::split(text).ok_or_else(unclosed_quote)?.into_iter();
        let word = shell_words.next();
        let mut kinds = FAULT_KINDS.into_iter();
        let Some((name, mut effect)) = kinds.find(|(name, _)| word.as_deref() == Some(*name))
        else {
            let missing = "missing fault kind".to_owned();
            let problem = word.map_or(missing, |word| format!("unknown fault kind `{word}`"));
            let possible = join_with_or(&FAULT_KINDS.map(|(name, _)| name));
            return Err(FaultParseError(format!("{problem}; expected {possible}")));
        };
        let mut words = FaultWords {
            remaining: shell_words.collect(),
            accepted_keys: Vec::new(),
        };
        let method = words.parse_method()?;
        let path = words.parse_text("path")?;
        let trigger = words.parse_trigger()?;
        words.parse_options(&mut effect)?;
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
    /// Parses the options of a kind into its effect.
    fn parse_options(&mut self, effect: &mut FaultEffect) -> Result<(), FaultParseError> {
        match effect {
            FaultEffect::Throttle(pause) | FaultEffect::ThrottleAccount(pause) => {
                *pause = self.parse_seconds("pause")?;
            }
            FaultEffect::Html(status) => *status = self.parse_status()?.unwrap_or(*status),
            FaultEffect::Delay(delay) | FaultEffect::DropLate(delay) => {
                *delay = self.parse_seconds("delay")?.unwrap_or(*delay);
            }
            FaultEffect::Lock { status, duration } => {
                *status = self.parse_lock_status()?.unwrap_or(*status);
                *duration = self.parse_seconds("seconds")?;
            }
            FaultEffect::TrimNames(length) => *length = self.parse_count("length")?,
            FaultEffect::ShortList(kept) => *kept = self.parse_count("keep")?,
            FaultEffect::ConcurrentEdit(edit) => {
                edit.user = self.parse_text("user")?;
                edit.rule = self.parse_text("rule")?;
            }
            _ => {}
        }
        Ok(())
    }

    fn parse_method(&mut self) -> Result<Option<String>, FaultParseError> {
        let parse = |text: &str| {
            let text = text.to_uppercase();
            METHODS.contains(&&*text).then_some(text)
        };
        self.take_value("method", "GET, POST, PATCH or DELETE", parse)
    }

    fn parse_trigger(&mut self) -> Result<FaultTrigger, FaultParseError> {
        let count = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let rate = |text: &str| text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let mut triggers = Vec::new();
        for (key, trigger) in [
            ("first", FaultTrigger::First as fn(u64) -> FaultTrigger),
            ("every", FaultTrigger::Every),
            ("nth", FaultTrigger::Nth),
        ] {
            let number = self.take_value(key, "a positive integer", count)?;
            triggers.extend(number.map(|number| (key, trigger(number))));
        }
        let rate = self.take_value("rate", "a number from 0 to 1", rate)?;
        triggers.extend(rate.map(|rate| ("rate", FaultTrigger::Rate(rate))));
        match triggers[..] {
            [] => Ok(FaultTrigger::Always),
            [(_, trigger)] => Ok(trigger),
            [(first, _), (second, _), ..] => Err(FaultParseError(format!(
                "`{first}` and `{second}` cannot be combined; keep one of them"
            ))),
        }
    }

    fn parse_status(&mut self) -> Result<Option<u16>, FaultParseError> {
        let parse = |text: &str| text.parse().ok().filter(|code| (200..600).contains(code));
        self.take_value("status", "a status from 200 to 599", parse)
    }

    fn parse_lock_status(&mut self) -> Result<Option<u16>, FaultParseError> {
        let is_lock = |code: &u16| LOCK_STATUSES.contains(code);
        let parse = |text: &str| text.parse().ok().filter(is_lock);
        self.take_value("status", "400, 409, 423 or 500", parse)
    }

    fn parse_count(&mut self, key: &'static str) -> Result<Option<usize>, FaultParseError> {
        self.take_value(key, "a whole number", |text: &str| text.parse().ok())
    }

    fn parse_seconds(&mut self, key: &'static str) -> Result<Option<Duration>, FaultParseError> {
        let parse = |text: &str| {
            let seconds = text.parse().ok();
            let seconds = seconds.filter(|seconds| (0.0..=MAX_DELAY_SECONDS).contains(seconds));
            seconds.map(Duration::from_secs_f64)
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
            _ => {
                let message = format!("duplicate key `{key}`; keep one of them");
                return Err(FaultParseError(message));
            }
        };
        let value = word.split_once('=').and_then(|(_, value)| parse(value));
        let message = || format!("invalid `{word}`; expected {expected} after `{key}=`");
        value.map(Some).ok_or_else(|| FaultParseError(message()))
    }

    /// Rejects words with unknown keys.
    fn finish(self, kind: &'static str) -> Result<(), FaultParseError> {
        let Some(word) = self.remaining.first() else {
            return Ok(());
        };
        let key = word.split('=').next().unwrap_or_default();
        let possible = join_with_or(&self.accepted_keys);
        let message = format!("`{kind}` does not accept `{key}`; expected {possible}");
        Err(FaultParseError(message))
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
        #[rustfmt::skip] // several in a line
        let specifications = [
            "", "501", "503 nht=2", "429 rule=x", "503 nth", "503 nth=0", "503 rate=2",
            "503 method=PUT", "slow delay=NaN", "html status=99", "503 path=", "503 nth=1 nth=2",
            "503 rate=1 first=2", "503 path='a", "lock status=404", "trim-names length=x",
        ];
        let errors =
            specifications.map(|text| text.parse::<RequestFault>().unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"), @"
        missing fault kind; expected 429, 429-account, 500, 502, 503, 504, html, not-json, cut, slow, drop-before, drop-after, drop-late, expired, app-rename, app-switch, app-create, app-delete, lock, ignore-write, delete-error, trim-names, legacy, short-list, form-decimals, form-nfd, form-to-objects, form-no-plus, form-nulls, form-midnight, form-one-feature, form-reversed, form-labels or form-external
        unknown fault kind `501`; expected 429, 429-account, 500, 502, 503, 504, html, not-json, cut, slow, drop-before, drop-after, drop-late, expired, app-rename, app-switch, app-create, app-delete, lock, ignore-write, delete-error, trim-names, legacy, short-list, form-decimals, form-nfd, form-to-objects, form-no-plus, form-nulls, form-midnight, form-one-feature, form-reversed, form-labels or form-external
        `503` does not accept `nht`; expected method, path, first, every, nth or rate
        `429` does not accept `rule`; expected method, path, first, every, nth, rate or pause
        invalid `nth`; expected a positive integer after `nth=`
        invalid `nth=0`; expected a positive integer after `nth=`
        invalid `rate=2`; expected a number from 0 to 1 after `rate=`
        invalid `method=PUT`; expected GET, POST, PATCH or DELETE after `method=`
        invalid `delay=NaN`; expected a number of seconds up to 86400 after `delay=`
        invalid `status=99`; expected a status from 200 to 599 after `status=`
        invalid `path=`; expected a nonempty value after `path=`
        duplicate key `nth`; keep one of them
        `first` and `rate` cannot be combined; keep one of them
        unclosed quotation mark
        invalid `status=404`; expected 400, 409, 423 or 500 after `status=`
        invalid `length=x`; expected a whole number after `length=`
        ");
    }
}
