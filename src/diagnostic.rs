//! What is wrong in the files, and where.

use std::fmt;

pub use crate::yaml::Place;

/// Something that a person should know about a file.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Which kind of problem; it also says how bad that is.
    pub code: Code,
    /// What is wrong, in a lower-case fragment.
    pub message: String,
    /// A few words beside the underlined place.
    pub label: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// The path of the file, below the root.
    pub file: String,
    /// The place in the file; none where the file could not be read.
    pub place: Option<Place>,
    /// Another place that has a part in it.
    pub related: Option<Related>,
}

/// Where a file and its profiles meet: the place in the other file.
#[derive(Debug, Clone)]
pub struct Related {
    /// The place.
    pub place: Place,
    /// Whether what stands there clashes with the problem's own place; otherwise it is where the profile
    /// is used that has the problem.
    pub is_clash: bool,
}

impl Related {
    /// A few words beside the place.
    pub fn label(&self) -> &'static str {
        if self.is_clash {
            "together with this"
        } else {
            "used here"
        }
    }
}

impl Diagnostic {
    /// Whether it stops the run.
    pub fn is_error(&self) -> bool {
        self.code.is_error()
    }

    /// What lists of diagnostics are sorted by: file, place, kind.
    pub fn sort_key(&self) -> (&str, usize, &'static str) {
        let start = self.place.as_ref().map_or(0, |place| place.bytes.start);
        (&self.file, start, self.code.as_str())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// The kinds of problem, each with a code that stays the same. `E` stops the run, `W` warns.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// What it is called in words, such as `nobody-rings`.
            pub fn name(self) -> String {
                let name = match self {
                    $(Code::$name => stringify!($name),)+
                };
                in_words(name)
            }

            /// What it is, in a sentence.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Code::$name => concat!($($doc),+).trim_start(),)+
                }
            }

            /// The code as people see it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $code,)+
                }
            }
        }
    };
}

/// `NobodyRings` as `nobody-rings`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

codes! {
    /// A file or folder cannot be read.
    Unreadable = "E0001",
    /// A file is not YAML.
    NotYaml = "E0002",
    /// A file is nested or repeated beyond reason.
    TooComplex = "E0003",
    /// A key stands twice in one map.
    DuplicateKey = "E0004",
    /// There is no `callrules.yaml`.
    NoRepository = "E0005",
    /// A key means nothing where it stands.
    UnknownKey = "E0012",
    /// A word means nothing where it stands.
    UnknownWord = "E0013",
    /// A key must be there and is not.
    MissingKey = "E0014",
    /// A key has no value.
    EmptyValue = "E0015",
    /// A value is of another kind than expected.
    WrongType = "E0016",
    /// A value means nothing.
    BadValue = "E0017",
    /// A user file does not say exactly once whose it is.
    WhichUser = "E0101",
    /// Two files describe one user, or have one name.
    TwoFiles = "E0102",
    /// A rule has no conditions.
    NoConditions = "E0103",
    /// A list or map must hold something.
    EmptyList = "E0104",
    /// One of several keys must be chosen.
    ChooseOne = "E0105",
    /// The destination that the type of dispatching needs is missing.
    NoDestination = "E0106",
    /// A state condition stands alone.
    StateAlone = "E0107",
    /// A state does not take this.
    NotInState = "E0108",
    /// A schedule takes other parts here.
    BadSchedule = "E0109",
    /// Two parts contradict each other.
    Contradiction = "E0110",
    /// The type of dispatching does not take this.
    NotWithType = "E0111",
    /// Something with words of its own is said in the API's form.
    HasWords = "E0112",
    /// Something that no file describes is named.
    NoSuchFile = "E0113",
    /// Profiles use each other in a circle.
    Circle = "E0114",
    /// Two tests of a file have one name.
    TwoTests = "E0115",
    /// Nobody of that name is on the account.
    UnknownPerson = "E0201",
    /// Several are of that name.
    AmbiguousPerson = "E0202",
    /// Extensions of this type have no call handling rules.
    NoRules = "E0203",
    /// The live rules do not fit what is declared.
    LiveMismatch = "E0204",
    /// Nothing of that name is on the account.
    UnknownName = "E0205",
    /// Several things are of that name.
    AmbiguousName = "E0206",
    /// A file has more problems than are told.
    AndMore = "E0006",
    /// Something stands twice and means the same.
    Repeated = "W0001",
    /// A declared state does not exist.
    NoSuchState = "W0002",
    /// There are no user files, or a file that only looks like one.
    NotRead = "W0004",
    /// No file uses this one.
    Unused = "W0006",
    /// Nobody rings.
    NobodyRings = "W0005",
    /// The tests of the repository were not run.
    TestsSkipped = "W0009",
    /// A file is gone, and the live rules of its user stay.
    FileGone = "W0010",
    /// Two rules of a user differ in capitals or spaces alone.
    NearlyOne = "W0007",
    /// A rule that is meant is not on the account.
    NoSuchRule = "W0008",
    /// The repository does not say which account it describes.
    AnyAccount = "W0003",
    /// A rule matches no call.
    NeverMatches = "W0101",
    /// Other rules take every call that a rule matches.
    Shadowed = "W0102",
    /// The dates of a rule or state have passed.
    Over = "W0103",
    /// Two rules match one call, and nothing says which takes it.
    AmbiguousRules = "W0104",
    /// Calls are forwarded in a circle.
    ForwardingLoop = "W0105",
    /// A call rings at or goes to an extension that takes none.
    OutOfService = "W0106",
    /// Callers reach nobody.
    Silence = "W0107",
    /// A calendar runs out.
    CalendarEnds = "W0108",
    /// Forward-all-calls is on, and its dates have passed.
    ForwardingLeftOn = "W0109",
    /// It rings longer than callers wait.
    LongRing = "W0110",
    /// Calls go abroad.
    Abroad = "W0111",
    /// Calls go to a number that costs extra.
    PremiumRate = "W0112",
}

impl Code {
    /// Whether it stops the run.
    pub fn is_error(self) -> bool {
        self.as_str().starts_with('E')
    }

    /// The one with this code or name, however it is written.
    pub fn find(text: &str) -> Option<Code> {
        let is_it = |code: &&Code| {
            code.as_str().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text)
        };
        Code::ALL.iter().find(is_it).copied()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
