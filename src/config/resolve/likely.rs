//! What unknown names were probably meant to be, over all files of a run.

use std::collections::HashMap;

use super::people;
use crate::model::Directory;

/// The help for each unknown name. Each takes a look at everybody, so it is found once.
#[derive(Debug, Default)]
pub(super) struct Likely(HashMap<String, String>);

/// More names than a person mends one by one: what is wrong then is wrong with all of them.
const MOST: usize = 30;

impl Likely {
    pub(super) fn help(&mut self, name: &str, directory: &Directory) -> String {
        if let Some(help) = self.0.get(name) {
            return help.clone();
        }
        if self.0.len() == MOST {
            return "too many names are unknown to look for each: mend the others first".to_owned();
        }
        let help = people::nearest(name, directory.all()).unwrap_or_else(|| {
            let all = directory.all().len();
            format!("the account has {all} extensions, and none is like it")
        });
        self.0.insert(name.to_owned(), help.clone());
        help
    }
}
