//! A loaded configuration repository, and where its parts are in the files.

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use super::profiles::ProfileSet;
use super::references::{PROFILES, ReferencedFileKind, ReferencedFiles};
use super::types::{LoadedTests, LoadedUser, RepositorySettings, UserFile};
use super::{ConfigFinding, csv};
use crate::diagnostic::Diagnostic;
use crate::yaml::{self, SourceFile, YamlError, YamlNode};

/// The files of a repository that were read, by path.
pub(super) type SourceFiles = BTreeMap<String, Arc<SourceFile>>;

/// A configuration repository that passed all offline validation.
#[derive(Debug)]
pub struct Repository {
    /// The settings from `callrules.yaml`.
    pub settings: RepositorySettings,
    /// The user files, sorted by path and merged with their profiles.
    pub users: Vec<LoadedUser>,
    /// The calendars and contacts that files refer to.
    pub referenced_files: ReferencedFiles,
    /// The test files, sorted by path.
    pub tests: Vec<LoadedTests>,
    pub(super) profiles: ProfileSet,
    /// The texts of the files, so that findings can be placed in them without reading them again.
    pub(super) sources: SourceFiles,
    pub(super) root: PathBuf,
}

impl Repository {
    /// Returns the folder that the repository was loaded from.
    pub fn root(&self) -> &FilePath {
        &self.root
    }

    /// Converts a finding to a diagnostic with its span.
    pub fn locate_finding(&self, file: &str, finding: ConfigFinding) -> Diagnostic {
        match self.load_node(file) {
            Some(node) => finding.in_tree(&node),
            None => finding.in_file(file),
        }
    }

    /// Converts several findings of one file to diagnostics, and parses the file only once.
    pub fn locate_findings(&self, file: &str, findings: Vec<ConfigFinding>) -> Vec<Diagnostic> {
        if findings.is_empty() {
            return Vec::new();
        }
        let node = self.load_node(file);
        let locate = |finding: ConfigFinding| match &node {
            Some(node) => finding.in_tree(node),
            None => finding.in_file(file),
        };
        findings.into_iter().map(locate).collect()
    }

    /// Parses a file of the repository again, because trees are not kept in memory, and merges it
    /// with its profiles.
    pub fn load_node(&self, file: &str) -> Option<Arc<YamlNode>> {
        load_node(&self.sources, &self.profiles, file)
    }

    /// Returns whether a profile of the file declares an interaction rule.
    pub fn inherits_rule(&self, file: &UserFile, name: &str) -> bool {
        let mut profiles = file.profiles.iter().flatten();
        profiles.any(|profile| self.profiles.declares_rule(&profile.0, name))
    }

    /// Returns the text of a file as it was read.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.sources.get(file).map(|source| source.text.as_str())
    }

    /// Merges a tree of a user file with its profiles.
    pub fn merge_with_profiles(&self, own: &Arc<YamlNode>) -> Arc<YamlNode> {
        self.profiles.merge_with_profiles(own)
    }

    /// Returns what the profiles of a user file give to it.
    pub fn load_inherited(&self, file: &str) -> Option<Arc<YamlNode>> {
        let own = parse_source(self.sources.get(file)?).0?;
        let uses = own.retain_keys(&[PROFILES.key]);
        Some(
            self.profiles
                .merge_with_profiles(&uses)
                .without_key(PROFILES.key),
        )
    }

    /// Returns the path of a profile.
    pub fn profile_path(&self, name: &str) -> Option<String> {
        self.referenced_path(&PROFILES, name)
    }

    /// Returns whether a user file uses a profile, directly or through another one.
    pub fn uses_profile(&self, file: &str, profile: &str) -> bool {
        let own = self
            .sources
            .get(file)
            .and_then(|source| parse_source(source).0);
        own.is_some_and(|own| self.profiles.is_used_by(&own, profile))
    }

    /// Returns the path of a calendar or list of contacts.
    pub(super) fn referenced_path(&self, kind: &ReferencedFileKind, name: &str) -> Option<String> {
        let extensions = kind.file_extensions.iter();
        let mut paths = extensions.map(|extension| format!("{}/{name}.{extension}", kind.folder));
        paths.find(|path| self.sources.contains_key(path))
    }
}

/// Parses a file and merges it with its profiles.
pub(super) fn load_node(
    sources: &SourceFiles,
    profiles: &ProfileSet,
    file: &str,
) -> Option<Arc<YamlNode>> {
    Some(profiles.merge_with_profiles(&parse_source(sources.get(file)?).0?))
}

/// Parses a YAML or CSV file into a tree.
pub(super) fn parse_source(source: &Arc<SourceFile>) -> (Option<Arc<YamlNode>>, Vec<YamlError>) {
    if source.path.ends_with(".csv") {
        csv::parse_csv(source)
    } else {
        yaml::parse(source)
    }
}
