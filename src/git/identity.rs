//! Which repository a project belongs to, whatever checkout it stands in, with its branch and its commit. Read from the files of git, without
//! its process.

use std::path::{Component, Path, PathBuf};

use super::repository::work_tree_around;
use crate::types::{RelPath, RepositoryState};

/// Largest file of git that is read, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Links from one file to another that are followed at most: `.git` of a worktree, then its common folder.
const MAX_REF_HOPS: usize = 5;

/// The repository of a project. Its id is, in this order: `configured`, if it is not empty; the address of `origin` with the folder of the
/// project in the repository; the path of the project.
pub fn repository_of(project: &Path, configured: &str) -> RepositoryState {
    let git = work_tree_around(project).and_then(|root| Some((root, Folders::of(root)?)));
    let (branch, commit) = git.as_ref().map_or((None, None), |(_, folders)| folders.head());
    let origin = git.as_ref().and_then(|(root, folders)| Some(with_folder(&folders.origin(root)?, root, project)));
    let path = || format!("path:{}", project.display());
    let id = if configured.is_empty() { origin.unwrap_or_else(path) } else { format!("id:{configured}") };
    RepositoryState { id, branch, commit }
}

/// Two projects of one repository are two.
fn with_folder(origin: &str, root: &Path, project: &Path) -> String {
    match RelPath::new(root, project).as_str() {
        "." => origin.to_owned(),
        folder => format!("{origin}:{folder}"),
    }
}

/// Where git keeps what it knows of a checkout.
struct Folders {
    /// Of this checkout: `HEAD`.
    own: PathBuf,
    /// Of all its worktrees: branches and settings.
    common: PathBuf,
}

impl Folders {
    fn of(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        let own = if dot_git.is_dir() {
            dot_git
        } else {
            let text = read(&dot_git)?;
            root.join(text.strip_prefix("gitdir:")?.trim())
        };
        let common = read(&own.join("commondir")).map_or_else(|| own.clone(), |text| own.join(text.trim()));
        Some(Self { own, common })
    }

    /// Branch and commit. A detached head has no branch, and a branch without a commit has no commit.
    fn head(&self) -> (Option<String>, Option<String>) {
        let Some(head) = read(&self.own.join("HEAD")) else { return (None, None) };
        match head.trim().strip_prefix("ref:") {
            Some(name) => {
                let name = name.trim();
                let branch = name.strip_prefix("refs/heads/").filter(|branch| *branch != ".invalid").map(str::to_owned);
                (branch, self.commit(name, MAX_REF_HOPS))
            }
            None => (None, hash(&head)),
        }
    }

    fn commit(&self, name: &str, hops: usize) -> Option<String> {
        let is_plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if hops == 0 || !is_plain || !name.starts_with("refs/") {
            return None;
        }
        let loose = read(&self.own.join(name)).or_else(|| read(&self.common.join(name)));
        match loose {
            Some(text) => match text.trim().strip_prefix("ref:") {
                Some(next) => self.commit(next.trim(), hops - 1),
                None => hash(&text),
            },
            None => {
                let packed = read(&self.common.join("packed-refs"))?;
                let line = packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, known)| known == name))?;
                hash(line.split(' ').next()?)
            }
        }
    }

    fn origin(&self, root: &Path) -> Option<String> {
        normal_address(&origin_url(&read(&self.common.join("config"))?)?, root)
    }
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hash = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

#[expect(clippy::disallowed_methods, reason = "the files of git are read here")]
fn read(path: &Path) -> Option<String> {
    let data = std::fs::metadata(path).ok()?;
    if !data.is_file() || data.len() > MAX_FILE_BYTES {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// `url` of `[remote "origin"]`; the first one is what git fetches from. `include` and `insteadOf` are not followed.
fn origin_url(config: &str) -> Option<String> {
    let mut is_origin = false;
    for line in config.replace("\\\n", "").lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            let head = head.split(']').next().unwrap_or("");
            is_origin = head.split_whitespace().collect::<Vec<_>>() == ["remote", "\"origin\""];
        } else if is_origin
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            let value = value.split([';', '#']).next().unwrap_or("").trim().trim_matches('"');
            return Some(value.to_owned()).filter(|value| !value.is_empty());
        }
    }
    None
}

/// An address without what may differ between two people, and without what is secret: user, password, query, usual port, letter case, `.git`
/// and slashes at the end. A path on this machine stays one. None for what is no address, such as the command of a remote helper.
fn normal_address(url: &str, root: &Path) -> Option<String> {
    if url.split('/').next()?.contains("::") && !url.contains('[') {
        return None;
    }
    let (host, path) = match url.split_once("://") {
        Some((scheme, rest)) => {
            let scheme = scheme.to_ascii_lowercase();
            if scheme == "file" {
                return Some(local(rest.strip_prefix("localhost").unwrap_or(rest), root));
            }
            let (authority, path) = without_user(rest).split_once('/')?;
            let usual = match scheme.as_str() {
                "https" => ":443",
                "http" => ":80",
                "git" => ":9418",
                _ => ":22",
            };
            (authority.strip_suffix(usual).unwrap_or(authority), path)
        }
        // `git@host:path`, but neither `C:\path` nor a path with a colon behind a slash.
        None => match host_and_path(without_user(url)) {
            Some((host, path)) if host.len() > 1 && !host.contains(['/', '\\']) => (host, path),
            _ => return Some(local(url, root)),
        },
    };
    let path = path.split(['?', '#']).next()?.trim_matches('/').to_lowercase();
    let path = path.strip_suffix(".git").unwrap_or(&path).trim_end_matches('/');
    (!host.is_empty() && !path.is_empty()).then(|| format!("{}/{path}", host.to_lowercase()))
}

/// What stands behind user and password. A slash in a password ends the host too early: what is then no port shows it.
fn without_user(address: &str) -> &str {
    let authority = address.split('/').next().unwrap_or("");
    if let Some(at) = authority.rfind('@') {
        // The signs of an address of version 6 may stand around the user, too.
        return &address[at + 1..];
    }
    let is_cut = !authority.contains('[')
        && authority.split_once(':').is_some_and(|(_, port)| !port.is_empty() && !port.bytes().all(|byte| byte.is_ascii_digit()));
    match address.rfind('@') {
        Some(at) if is_cut => &address[at + 1..],
        _ => address,
    }
}

/// The two parts of `host:path`; the host may stand in brackets.
fn host_and_path(address: &str) -> Option<(&str, &str)> {
    match address.find("]:") {
        Some(end) => Some((address[..end].trim_start_matches('['), &address[end + 2..])),
        None => address.split_once(':'),
    }
}

/// `path:` and a path on this machine.
fn local(path: &str, root: &Path) -> String {
    let mut whole = PathBuf::new();
    for part in root.join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            other => whole.push(other),
        }
    }
    format!("path:{}", whole.canonicalize().unwrap_or(whole).display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_are_one() {
        for url in [
            "https://github.com/Owner/Name.git",
            "https://user:token@github.com/owner/name",
            "https://github.com:443/owner/name/",
            "git@github.com:owner/name.git",
            "ssh://git@github.com:22/owner/name.git",
            "ssh://git@GitHub.com/owner/name",
            "git://github.com/owner/name.git/",
            "HTTPS://GitHub.COM/OWNER/NAME.GIT",
            "deploy:secret@github.com:owner/name.git",
            "https://user:se/cr@et@github.com/owner/name",
            "https://github.com/owner/name.git?private_token=secret",
            "https://github.com/owner/name#secret",
        ] {
            assert_eq!(normal_address(url, Path::new("/p")).as_deref(), Some("github.com/owner/name"), "{url}");
        }
        assert_eq!(normal_address("https://host:8443/a/b", Path::new("/p")).as_deref(), Some("host:8443/a/b"));
        assert_eq!(normal_address("../bare.git", Path::new("/p/q")).as_deref(), Some("path:/p/bare.git"));
        assert_eq!(normal_address("file://localhost/srv/a.git", Path::new("/p")).as_deref(), Some("path:/srv/a.git"));
        assert_eq!(normal_address("git@[::1]:o/n.git", Path::new("/p")).as_deref(), Some("::1/o/n"));
        assert_eq!(normal_address("https://host/@scope/name", Path::new("/p")).as_deref(), Some("host/@scope/name"));
        assert_eq!(normal_address("ext::sh -c secret", Path::new("/p")), None);
        assert_eq!(normal_address("/srv/a.git", Path::new("/p")).as_deref(), Some("path:/srv/a.git"));
        assert_eq!(normal_address("https://host", Path::new("/p")), None);
    }

    #[test]
    fn the_address_of_origin_is_found_among_others() {
        let config = "[core]\n\tbare = false\n[remote \"upstream\"]\n\turl = a\n[remote \"origin\"]\n\tfetch = x\n\turl = \"b\" ; mine\n\turl = second\n[branch \"m\"]\n\turl = c\n";
        assert_eq!(origin_url(config).as_deref(), Some("b"));
        assert_eq!(origin_url("[remote \"upstream\"]\nurl = a\n"), None);
    }

    fn of(project: &Path) -> (String, Option<String>, Option<String>) {
        let RepositoryState { id, branch, commit } = repository_of(project, "");
        (id, branch, commit)
    }

    #[test]
    fn checkouts_of_one_repository_are_one_and_forks_are_not() {
        use super::super::test_repository::Repository;
        let first = Repository::new();
        first.commit("a.txt", "a");
        first.commit("sub/b.txt", "b");
        let head = first.git(&["rev-parse", "HEAD"]);
        let url = "https://github.com/owner/name.git";
        first.git(&["remote", "add", "origin", url]);
        let some = |text: &str| Some(text.to_owned());
        let id = "github.com/owner/name".to_owned();
        assert_eq!(of(first.root()), (id.clone(), some("main"), some(&head)));
        // Two projects in one repository.
        assert_eq!(of(&first.root().join("sub")), ("github.com/owner/name:sub".to_owned(), some("main"), some(&head)));
        // A shallow clone by another address of the same repository.
        let shallow = first.beside("shallow");
        first.git(&["clone", "-q", "--depth", "1", &format!("file://{}", first.root().display()), &shallow.display().to_string()]);
        first.git_in(&shallow, &["remote", "set-url", "origin", "git@github.com:Owner/Name"]);
        assert_eq!(of(&shallow), (id.clone(), some("main"), some(&head)));
        // A fork has another address.
        first.git_in(&shallow, &["remote", "set-url", "origin", "git@github.com:fork/name"]);
        assert_eq!(of(&shallow).0, "github.com/fork/name");
        // A worktree, whose branches are packed.
        first.git(&["branch", "side"]);
        first.git(&["pack-refs", "--all"]);
        let worktree = first.beside("worktree");
        first.git(&["worktree", "add", "-q", &worktree.display().to_string(), "side"]);
        assert_eq!(of(&worktree), (id.clone(), some("side"), some(&head)));
        // A detached head.
        let before = first.git(&["rev-parse", "HEAD~1"]);
        first.git(&["checkout", "-q", "--detach", "HEAD~1"]);
        assert_eq!(of(first.root()), (id, None, Some(before)));
        assert_eq!(repository_of(first.root(), "mine").id, "id:mine");
    }

    #[test]
    fn without_git_or_without_origin_the_path_tells() {
        use super::super::test_repository::Repository;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(folder.path()), (format!("path:{}", folder.path().display()), None, None));
        let repository = Repository::new();
        assert_eq!(of(repository.root()), (format!("path:{}", repository.root().display()), Some("main".to_owned()), None));
    }
}
