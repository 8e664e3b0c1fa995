//! The place in a file that is being validated, and checks that several parts share.

use std::collections::HashSet;

use crate::config::ConfigFinding;
use crate::config::types::RawJson;
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

/// A place in a file that is being validated, with the findings of the file so far.
pub(super) struct Place<'a> {
    path: YamlPath,
    findings: &'a mut Vec<ConfigFinding>,
}

impl Place<'_> {
    /// Validates a file with `check` and returns its findings.
    pub(super) fn collect(check: impl FnOnce(&mut Place<'_>)) -> Vec<ConfigFinding> {
        let mut findings = Vec::new();
        check(&mut Place {
            path: YamlPath::root(),
            findings: &mut findings,
        });
        findings
    }

    /// Returns the place with this path in the file.
    pub(super) fn at(&mut self, path: YamlPath) -> Place<'_> {
        Place {
            path,
            findings: self.findings,
        }
    }

    /// Returns the place of a map entry.
    pub(super) fn key(&mut self, name: &str) -> Place<'_> {
        self.at(self.path.key(name))
    }

    /// Returns the place of a list item, or of a map entry by its index.
    pub(super) fn item(&mut self, index: usize) -> Place<'_> {
        self.at(self.path.item(index))
    }

    /// Returns the place of an item of a list under a key.
    pub(super) fn key_item(&mut self, name: &str, index: usize) -> Place<'_> {
        self.at(self.path.key(name).item(index))
    }

    /// Returns the place of the value of a key, instead of the key.
    pub(super) fn value(&mut self) -> Place<'_> {
        self.at(self.path.value())
    }

    /// Returns the same place again.
    pub(super) fn here(&mut self) -> Place<'_> {
        self.at(self.path.clone())
    }

    /// Returns the path of this place.
    pub(super) fn path(&self) -> YamlPath {
        self.path.clone()
    }

    /// Reports a problem at this place.
    pub(super) fn report(
        &mut self,
        code: DiagnosticCode,
        message: impl Into<String>,
    ) -> &mut ConfigFinding {
        let path = self.path.clone();
        self.findings
            .push_mut(ConfigFinding::new(code, path, message))
    }

    /// Reports all given findings, which have paths of their own.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = ConfigFinding>) {
        self.findings.extend(findings);
    }

    /// Reports a list or map that is present but empty.
    pub(super) fn require_not_empty(&mut self, is_empty: bool) {
        if is_empty {
            self.report(DiagnosticCode::Empty, "this list is empty")
                .help("add an item, or remove the key");
        }
    }

    /// Reports an optional list that is present but empty, by the name of its key.
    pub(super) fn require_items<T>(&mut self, key: &str, list: Option<&[T]>) {
        if list.is_some_and(<[T]>::is_empty) {
            self.key(key)
                .report(DiagnosticCode::Empty, format!("`{key}` is empty"))
                .help("remove the key");
        }
    }

    /// Reports names that a list contains twice. `None` is an item without a name.
    pub(super) fn require_unique<'n>(&mut self, names: impl Iterator<Item = Option<&'n str>>) {
        let mut seen = HashSet::new();
        for (index, name) in names.enumerate() {
            if let Some(name) = name.filter(|name| !seen.insert(*name)) {
                self.item(index)
                    .report(
                        DiagnosticCode::DuplicateValue,
                        format!("`{name}` is listed twice"),
                    )
                    .help("remove one of them");
            }
        }
    }

    /// Requires exactly one of several keys. `choices` holds whether each key is set.
    pub(super) fn require_one_key(&mut self, choices: &[(&str, bool)]) {
        let mut set_keys = choices.iter().filter(|(_, is_set)| *is_set);
        match (set_keys.next(), set_keys.next()) {
            (Some(_), None) => {}
            (None, _) => {
                let keys: Vec<String> = choices.iter().map(|(key, _)| format!("`{key}`")).collect();
                self.report(
                    DiagnosticCode::MutuallyExclusiveKeys,
                    "one key is required here",
                )
                .help(format!("use one of {}", keys.join(", ")));
            }
            (Some((first, _)), Some((second, _))) => {
                let message = format!("`{first}` and `{second}` cannot be combined");
                self.key(second)
                    .report(DiagnosticCode::MutuallyExclusiveKeys, message)
                    .help("keep one of them, or make each an item of its own");
            }
        }
    }

    /// Requires the key `required` if the key `key` is set.
    pub(super) fn require_with(&mut self, key: (&str, bool), required: (&str, bool)) {
        if let ((key, true), (required, false)) = (key, required) {
            let message = format!("`{key}` requires `{required}`");
            self.key(key)
                .report(DiagnosticCode::MutuallyExclusiveKeys, message)
                .help(format!("add `{required}`, or remove the key"));
        }
    }

    /// Requires the `type` key, by which the API distinguishes its objects.
    pub(super) fn require_type(&mut self, item: &RawJson) {
        if item.kind().is_none() {
            let message = "the API's form requires a `type` that is text";
            self.report(DiagnosticCode::MissingKey, message);
        }
    }

    /// Validates the items of a key in the API's own form. Items that have a shorthand must use it.
    pub(super) fn validate_raw_items(
        &mut self,
        key: &str,
        items: Option<&[RawJson]>,
        with_shorthand: &[&str],
    ) {
        self.require_items(key, items);
        for (index, item) in items.into_iter().flatten().enumerate() {
            let mut at = self.key_item(key, index);
            at.require_type(item);
            if let Some(kind) = item.kind().filter(|kind| with_shorthand.contains(kind)) {
                let message = format!("`{kind}` has a shorthand");
                at.report(DiagnosticCode::PreferShorthand, message)
                    .help("use the shorthand; the API's form is only for settings that have none");
            }
        }
    }
}
