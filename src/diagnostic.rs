//! Diagnostics: errors and warnings about configuration files, with their locations.

use std::fmt;

pub use crate::yaml::SourceSpan;

/// An error or warning about a file.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// The kind of problem, which also determines the severity.
    pub code: DiagnosticCode,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// A short text next to the underlined source.
    pub label: Option<String>,
    /// How to fix the problem.
    pub help: Option<String>,
    /// The path of the file, relative to the repository root.
    pub file: String,
    /// The location in the file; `None` if the diagnostic concerns the file as a whole.
    pub span: Option<SourceSpan>,
    /// A second location that contributes to the problem.
    pub related: Option<RelatedSpan>,
}

/// A second location of a diagnostic, often in a profile or in the file that uses it.
#[derive(Debug, Clone)]
pub struct RelatedSpan {
    /// The span in that file.
    pub span: SourceSpan,
    /// Whether this location conflicts with the diagnostic's own one. Otherwise it is where a file
    /// uses the profile that contains the problem.
    pub is_conflict: bool,
}

impl RelatedSpan {
    /// Returns the short text to show next to the location.
    pub fn label(&self) -> &'static str {
        if self.is_conflict {
            "together with this"
        } else {
            "used here"
        }
    }
}

impl Diagnostic {
    /// Returns whether the problem is an error, which stops the run.
    pub fn is_error(&self) -> bool {
        self.code.is_error()
    }

    /// Shortens what the texts quote from a file, which can be of any length.
    #[must_use]
    pub(crate) fn with_short_quotes(self) -> Self {
        Diagnostic {
            message: shorten_quotes(&self.message),
            label: self.label.as_deref().map(shorten_quotes),
            help: self.help.as_deref().map(shorten_quotes),
            ..self
        }
    }

    /// Returns the key that lists of diagnostics are sorted by: file, byte offset, code.
    pub fn sort_key(&self) -> (&str, usize, &'static str) {
        let start = self.span.as_ref().map_or(0, |span| span.bytes.start);
        (&self.file, start, self.code.as_str())
    }
}

/// The number of characters of a quote that are shown.
const MAX_QUOTE: usize = 80;

/// The number of characters of a text that are shown.
const MAX_TEXT: usize = 4_000;

/// Shortens the parts between backticks or quotation marks, and then the whole text.
fn shorten_quotes(text: &str) -> String {
    let shorten = |text: &str, limit: usize| match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let mut text = text.to_owned();
    for mark in ["`", "\""] {
        let parts = text.split(mark).enumerate().map(|(index, part)| {
            let limit = if index % 2 == 1 { MAX_QUOTE } else { MAX_TEXT };
            shorten(part, limit)
        });
        text = parts.collect::<Vec<_>>().join(mark);
    }
    shorten(&text, MAX_TEXT)
}

macro_rules! diagnostic_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// The kinds of problem, each with a stable code. `E` codes stop the run, `W` codes are
        /// warnings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum DiagnosticCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl DiagnosticCode {
            /// All codes, in ascending order by number.
            pub const ALL: &[DiagnosticCode] = &[$(DiagnosticCode::$name,)+];

            /// Returns the readable name, such as `two-files`.
            pub fn name(self) -> String {
                let name = match self {
                    $(DiagnosticCode::$name => stringify!($name),)+
                };
                readable_name(name)
            }

            /// Returns a sentence that describes the problem.
            pub fn description(self) -> &'static str {
                match self {
                    $(DiagnosticCode::$name => concat!($($doc),+).trim_start(),)+
                }
            }

            /// Returns the code, such as `E0001`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(DiagnosticCode::$name => $code,)+
                }
            }
        }
    };
}

/// Converts `TwoFiles` to `two-files`.
fn readable_name(name: &str) -> String {
    let mut readable = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_ascii_uppercase() {
            readable.push('-');
        }
        readable.push(letter.to_ascii_lowercase());
    }
    readable
}

diagnostic_codes! {
    /// A file or folder cannot be read.
    Unreadable = "E0001",
    /// A file is not valid YAML.
    NotYaml = "E0002",
    /// A file is nested too deeply or repeats too much.
    TooComplex = "E0003",
    /// A map contains the same key twice.
    DuplicateKey = "E0004",
    /// There is no `callrules.yaml`.
    NoRepository = "E0005",
    /// A file has more problems than are shown.
    TooManyProblems = "E0006",
    /// A key is unknown or not allowed here.
    UnknownKey = "E0012",
    /// A word is not one of the allowed values.
    UnknownValue = "E0013",
    /// A required key is missing.
    MissingKey = "E0014",
    /// A key has no value.
    EmptyValue = "E0015",
    /// A value has the wrong type.
    WrongType = "E0016",
    /// A value is invalid.
    BadValue = "E0017",
    /// A user file or test does not identify its user exactly once.
    UserIdentity = "E0101",
    /// Two files describe the same user or have the same name.
    TwoFiles = "E0102",
    /// A rule has no conditions.
    NoConditions = "E0103",
    /// A list or map must not be empty.
    Empty = "E0104",
    /// Exactly one of several keys is required.
    MutuallyExclusiveKeys = "E0105",
    /// The dispatching type requires a destination, which is missing.
    NoDestination = "E0106",
    /// A state condition requires a caller ID or a called number as well.
    StateOnlyCondition = "E0107",
    /// A state does not support this setting.
    NotInState = "E0108",
    /// A schedule is not valid here.
    BadSchedule = "E0109",
    /// Two settings contradict each other.
    Contradiction = "E0110",
    /// The dispatching type does not support this setting.
    NotWithType = "E0111",
    /// A setting uses the API's form although a shorthand exists.
    PreferShorthand = "E0112",
    /// A name refers to something that no file defines.
    UnknownReference = "E0113",
    /// Profiles include each other in a cycle.
    ProfileCycle = "E0114",
    /// Two tests in a file have the same name.
    TwoTests = "E0115",
    /// The account has no extension with this name.
    UnknownExtension = "E0201",
    /// Several extensions have this name.
    AmbiguousExtension = "E0202",
    /// Extensions of this type have no call handling rules.
    NotAUser = "E0203",
    /// The live rules do not fit the configuration.
    LiveMismatch = "E0204",
    /// The account has nothing with this name.
    UnknownName = "E0205",
    /// Several items on the account have this name.
    AmbiguousName = "E0206",
    /// A user of the account has no file, although `callrules.yaml` requires it.
    MissingFile = "E0210",
    /// The same value is listed twice.
    DuplicateValue = "W0001",
    /// A declared state does not exist on the account.
    NoSuchState = "W0002",
    /// `callrules.yaml` does not name an account.
    NoAccountId = "W0003",
    /// There are no user files, or a file is not read because of its name.
    FileIgnored = "W0004",
    /// No phone rings, because all ring groups are disabled.
    RingGroupsDisabled = "W0005",
    /// No user file uses this file.
    Unused = "W0006",
    /// The names of two rules of a user differ only in case, spaces or invisible characters.
    NearDuplicateName = "W0007",
    /// A rule that a file refers to is not on the account.
    NoSuchRule = "W0008",
    /// The repository's call tests were not run.
    TestsSkipped = "W0009",
    /// A file was deleted, but its user's live rules remain.
    FileGone = "W0010",
    /// A plan deletes a rule and creates one that matches the same calls.
    PossibleRename = "W0011",
    /// Users of the account have no file.
    NoFile = "W0021",
    /// A file no longer mentions rules or a state that it declared before.
    PartGone = "W0022",
    /// The user of a file accepts no calls.
    UserOutOfService = "W0023",
    /// A rule matches no call.
    NeverMatches = "W0101",
    /// Other rules handle every call that a rule matches.
    Shadowed = "W0102",
    /// The dates of a rule or state have passed.
    Expired = "W0103",
    /// Two rules match the same calls and have the same priority.
    AmbiguousRules = "W0104",
    /// Calls are forwarded in a loop.
    ForwardingLoop = "W0105",
    /// A call goes to an extension that accepts no calls, or rings the user's own extension.
    OutOfService = "W0106",
    /// Callers do not reach anyone.
    UnreachableCaller = "W0107",
    /// A calendar runs out of dates.
    CalendarEnds = "W0108",
    /// Forward-all-calls is still on, but its dates have passed.
    ForwardingLeftOn = "W0109",
    /// A call rings longer than most callers wait.
    LongRing = "W0110",
    /// Calls go to an international number.
    International = "W0111",
    /// Calls go to a premium-rate number.
    PremiumRate = "W0112",
    /// Times end before they start, so they run over midnight for most of a day.
    OverMidnight = "W0113",
    /// Times end at 23:59, which leaves out the last minute of the day.
    LastMinute = "W0114",
    /// The name of a rule contains invisible or foreign characters.
    MisleadingName = "W0115",
    /// A ring time is not one that the RingCentral app offers.
    UnusualSeconds = "W0116",
    /// A day has more time spans than the RingCentral app offers.
    ManySpans = "W0117",
    /// Night times leave out the morning of one day.
    NightGap = "W0118",
    /// A phone number probably does not exist.
    DoubtfulNumber = "W0119",
    /// Forward-all-calls is switched on without an end.
    EndlessForwarding = "W0120",
    /// A file replaces a part of what its profile switches on.
    HalfOverride = "W0121",
}

impl DiagnosticCode {
    /// Returns whether the problem is an error, which stops the run.
    pub fn is_error(self) -> bool {
        self.as_str().starts_with('E')
    }

    /// Finds a code by its number or name, ignoring case.
    pub fn find(text: &str) -> Option<DiagnosticCode> {
        let matches = |code: &&DiagnosticCode| {
            code.as_str().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text)
        };
        DiagnosticCode::ALL.iter().find(matches).copied()
    }
}

impl fmt::Display for DiagnosticCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_quotes_are_shortened_and_other_text_is_kept() {
        let long = "x".repeat(1_000);
        let short = format!(
            "unknown key `{}…`: did you mean `name`?",
            "x".repeat(MAX_QUOTE)
        );
        let message = format!("unknown key `{long}`: did you mean `name`?");
        assert_eq!(shorten_quotes(&message), short);
        let other = format!("a long help text without quotes {}", "y ".repeat(100));
        assert_eq!(shorten_quotes(&other), other);
        assert!(shorten_quotes(&"`é".repeat(10_000)).chars().count() <= MAX_TEXT + 1);
    }
}
