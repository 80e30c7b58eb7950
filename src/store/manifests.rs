//! Which results a run consisted of: lines of path, tab, and the id of a result or a dash and why the file was skipped. The lines are kept in
//! parts that many runs share, so that a run that changes one file adds one part.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::types::{Digest, FileBody, RunReport};

/// Lines of a part in the mean, and at most. Source: a list has a byte or two for each part and a line some 70 bytes, so with parts of so many
/// lines, list and changed part of a run over 6,000 files are about equally long, and together shortest.
const MEAN_LINES: u64 = 8;
const MOST_LINES: usize = 32;

/// The lines of a run.
pub(super) fn lines(report: &RunReport) -> Vec<String> {
    let stored = report.files.iter().filter_map(|file| match file.body {
        FileBody::Stored(id) => Some(format!("{}\t{id}\n", file.path)),
        FileBody::Here(_) => None,
    });
    stored.chain(report.coverage.skipped.iter().map(|skipped| format!("{}\t-{}\n", skipped.path, skipped.reason.name()))).collect()
}

/// Where parts end is told by the path of a line alone, so that a line that changes or goes leaves the other parts as they are.
fn ends_part(line: &str) -> bool {
    let path = line.rsplit_once('\t').map_or(line, |(path, _)| path);
    // FNV-1a; it has to be the same for ever, and nothing else.
    let hash = path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 32).is_multiple_of(MEAN_LINES)
}

fn parts(lines: &[String]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let (mut n_lines, mut is_open) = (0, false);
    for line in lines {
        match parts.last_mut() {
            Some(part) if is_open => part.push_str(line),
            _ => parts.push(line.clone()),
        }
        n_lines = if is_open { n_lines + 1 } else { 1 };
        is_open = !ends_part(line) && n_lines < MOST_LINES;
    }
    parts
}

/// Keeps the manifest of a run, and gives its hash.
pub(super) fn keep(tx: &Connection, lines: &[String]) -> rusqlite::Result<Digest> {
    let hash = Digest::of(lines.concat().as_bytes());
    let is_known: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM manifests WHERE hash = ?1)", [hash.0], |row| row.get(0))?;
    if is_known {
        return Ok(hash);
    }
    let mut find = tx.prepare_cached("SELECT id FROM parts WHERE hash = ?1")?;
    let mut insert = tx.prepare_cached("INSERT INTO parts (hash, body) VALUES (?1, ?2) RETURNING id")?;
    let (mut list, mut before) = (Vec::new(), 0);
    for part in parts(lines) {
        let digest = Digest::of(part.as_bytes());
        let known: Option<u32> = find.query_row([digest.0], |row| row.get(0)).optional()?;
        let id = known.map_or_else(|| insert.query_row(params![digest.0, part], |row| row.get(0)), Ok)?;
        push_step(&mut list, i64::from(id) - before);
        before = i64::from(id);
    }
    tx.execute("INSERT INTO manifests (hash, body, steps) VALUES (?1, '', ?2)", params![hash.0, list])?;
    Ok(hash)
}

/// Adds a step from one id to the next: parts that were made together follow each other, so most steps take one byte. Seven bits a byte, the
/// lowest first, the top bit on all but the last; the lowest bit of all is on for a step back.
fn push_step(list: &mut Vec<u8>, step: i64) {
    let mut rest = (step.unsigned_abs() << 1) | u64::from(step < 0);
    while rest >= 0x80 {
        list.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    list.push(rest as u8);
}

/// The ids of a manifest's parts, from its columns of these names; none where all lines are in its body. `parts` is what version 6 of the
/// schema wrote, and still reads as it did.
pub(super) fn part_ids(parts: Option<&[u8]>, steps: Option<&[u8]>) -> Option<Vec<u32>> {
    let of_parts = |list: &[u8]| list.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]])).collect();
    steps.map(|list| ids_of_steps(list).collect()).or_else(|| parts.map(of_parts))
}

fn ids_of_steps(list: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let (mut id, mut value, mut shift) = (0_i64, 0_u64, 0_u32);
    list.iter().filter_map(move |byte| {
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if byte & 0x80 != 0 {
            return None;
        }
        let step = (value >> 1) as i64;
        id = if value & 1 == 0 { id.wrapping_add(step) } else { id.wrapping_sub(step) };
        (value, shift) = (0, 0);
        Some(id as u32)
    })
}

/// All lines of a manifest.
pub(super) fn read(connection: &Connection, body: String, part_ids: Option<Vec<u32>>) -> rusqlite::Result<String> {
    let Some(part_ids) = part_ids else { return Ok(body) };
    let mut statement = connection.prepare_cached("SELECT body FROM parts WHERE id = ?1")?;
    let mut text = String::new();
    for id in part_ids {
        text.push_str(statement.query_row([id], |row| row.get::<_, String>(0))?.as_str());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FileKey, KeptFiles, NewFile, NewState, RunPlace, Stat, Store};
    use crate::types::{
        Coverage, FileResult, FileRow, FileSummary, Gate, Mode, Outcome, RelPath, RepositoryState, Role, RunId, RunTotals, SkipReason,
        Skipped, Ticks, Usage,
    };

    const N_FILES: usize = 6000;

    fn report(id: usize, files: Vec<FileRow>) -> RunReport {
        let skipped = vec![Skipped::new(RelPath::from("a.txt"), SkipReason::Binary)];
        RunReport {
            id: RunId(format!("{id:08}")),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            duration_ms: 1,
            outcome: Outcome::Findings,
            mode: Mode::Static,
            gate: Gate::default(),
            coverage: Coverage { found: files.len() + 1, analyzed: files.len(), skipped, ..Coverage::default() },
            totals: RunTotals::default(),
            usage: Usage::default(),
            hits: 0,
            misses: 0,
            saved: Ticks(0),
            files,
            artifacts: Vec::new(),
            dropped: Vec::new(),
            operations: vec!["review:file".to_owned()],
            rules_off: Vec::new(),
            is_judged: false,
            asking: Default::default(),
        }
    }

    /// Keeps a run in which the file `changed` has its content of this number.
    fn keep_run_of(store: &Store, number: usize, rows: &mut [FileRow], changed: &[usize]) {
        let plan = Digest::of(b"plan");
        let result = FileResult { merged: number as u32, ..FileResult::default() };
        for at in changed {
            let key = FileKey(Digest::of(format!("{at} {number}").as_bytes()));
            rows[*at].summary.sha256 = key.0;
            let (path, summary) = (rows[*at].path.clone(), rows[*at].summary.clone());
            let state = NewState::Result { key, result: &result, summary: &summary, expires_at: i64::MAX };
            let stat = Stat { size: 1, changed_ns: number as i64, inode: *at as u64 };
            let ids = store.keep_files("/p", &plan, 1, &[NewFile { path: &path, stat, indexed_ns: 1, state }]).unwrap();
            rows[*at].body = FileBody::Stored(ids[0]);
        }
        let repository = RepositoryState { id: "host/p".to_owned(), branch: None, commit: Some("c".repeat(40)) };
        let place = RunPlace { root: "/p", pipeline: "", repository: &repository };
        store.keep_run(&place, &plan, &report(number, rows.to_vec())).unwrap();
    }

    fn rows(n: usize) -> Vec<FileRow> {
        let summary = FileSummary {
            language: None,
            role: Role::Source,
            sha256: Digest::of(b""),
            code_lines: 1,
            scores: None,
            counts: Default::default(),
            dropped: 0,
            urgent: 0,
            parse_errors: 0,
            answers: Default::default(),
            rules: "review/eval 2".to_owned(),
        };
        let row = |at| FileRow {
            path: RelPath::from(format!("src/module_{at:05}/file.rs").as_str()),
            reused: false,
            summary: summary.clone(),
            body: FileBody::Stored(0),
        };
        (0..n).map(row).collect()
    }

    fn shown(store: &Store, number: usize) -> KeptFiles {
        store.run_files(&RunId(format!("{number:08}"))).unwrap().unwrap()
    }

    #[test]
    fn the_runs_until_one_are_the_same_whatever_comes_after() {
        let store = Store::in_memory().unwrap();
        let mut rows = rows(1);
        let ids = |runs: Vec<crate::store::KeptRun>| runs.into_iter().map(|run| run.id.0).collect::<Vec<_>>();
        let until = |number: usize| ids(store.runs_until("/p", &RunId(format!("{number:08}")), 3).unwrap());
        for number in 1..=9 {
            keep_run_of(&store, number, &mut rows, &[0]);
        }
        assert_eq!(until(2), ["00000002", "00000001"]);
        assert_eq!(until(5), ["00000005", "00000004", "00000003"]);
        assert_eq!(until(77), ["00000009", "00000008", "00000007"], "a run that is not kept comes after all");
    }

    #[test]
    fn a_list_of_parts_reads_back() {
        let ids = [1, 2, 3, 4_000_000, 5, 64, 63, u32::MAX, 1];
        let (mut list, mut before) = (Vec::new(), 0);
        for id in ids {
            push_step(&mut list, i64::from(id) - before);
            before = i64::from(id);
        }
        assert_eq!(part_ids(None, Some(&list)), Some(ids.to_vec()));
        assert_eq!(list[..3], [2, 2, 2]);
        assert_eq!(part_ids(None, Some(&[0xff; 40])), Some(Vec::new()), "steps that never end lead nowhere");
    }

    #[test]
    fn a_list_of_version_6_shows_its_run_and_keeps_its_parts() {
        let store = Store::in_memory().unwrap();
        let mut rows = rows(300);
        let all: Vec<usize> = (0..rows.len()).collect();
        keep_run_of(&store, 1, &mut rows, &all);
        let before = shown(&store, 1);
        let to_version_6 = |tx: &rusqlite::Transaction<'_>| {
            let steps: Vec<u8> = tx.query_row("SELECT steps FROM manifests", [], |row| row.get(0))?;
            let list: Vec<u8> = ids_of_steps(&steps).flat_map(u32::to_le_bytes).collect();
            tx.execute("UPDATE manifests SET parts = ?1, steps = NULL", [list])
        };
        assert_eq!(store.write(to_version_6).unwrap(), 1);
        assert_eq!(shown(&store, 1), before);
        keep_run_of(&store, 2, &mut rows, &[7]);
        store.drop_run(&RunId("00000002".to_owned())).unwrap();
        assert_eq!(shown(&store, 1), before, "what another run leaves behind is swept without it");
    }

    #[test]
    fn a_run_that_changes_one_file_of_many_adds_little_and_earlier_runs_stay() {
        let store = Store::in_memory().unwrap();
        let mut rows = rows(N_FILES);
        keep_run_of(&store, 0, &mut rows, &(0..N_FILES).collect::<Vec<_>>());
        let first = shown(&store, 0);
        assert_eq!((first.rows.len(), first.skipped.len()), (N_FILES, 1));
        let before = store.size_bytes().unwrap();
        let n_runs = 20;
        for number in 1..=n_runs {
            keep_run_of(&store, number, &mut rows, &[number * 277 % N_FILES]);
        }
        let each = (store.size_bytes().unwrap() - before) / n_runs as u64;
        assert!(each <= 8192, "{each} bytes a run");
        assert_eq!(shown(&store, 0), first);
        assert_ne!(shown(&store, n_runs), first);
    }

    #[test]
    fn what_no_kept_run_has_goes_and_what_one_has_stays() {
        let store = Store::in_memory().unwrap();
        let mut rows = rows(300);
        keep_run_of(&store, 0, &mut rows, &(0..300).collect::<Vec<_>>());
        for number in 1..=5 {
            keep_run_of(&store, number, &mut rows, &[number]);
        }
        let count = |table: &str| {
            let sql = format!("SELECT count(*) FROM {table}");
            store.read(|connection| connection.query_row(&sql, [], |row| row.get::<_, i64>(0))).unwrap()
        };
        let (n_parts, last_two) = (count("parts"), [shown(&store, 4), shown(&store, 5)]);
        assert_eq!(store.drop_old_runs("/q", Some(2), None).unwrap(), 0, "another project");
        assert_eq!(store.drop_old_runs("/p", Some(2), None).unwrap(), 4);
        assert_eq!((count("runs"), count("manifests")), (2, 2));
        assert!(count("parts") < n_parts);
        assert_eq!(count("results"), 301);
        assert_eq!([shown(&store, 4), shown(&store, 5)], last_two);
        store.clear_cache().unwrap();
        assert_eq!([shown(&store, 4), shown(&store, 5)], last_two);
        let newest = store.runs_from("/p", None, 0, 9).unwrap();
        assert_eq!(newest.iter().map(|run| run.id.0.as_str()).collect::<Vec<_>>(), ["00000005", "00000004"]);
        assert_eq!(newest[0].repository.id, "host/p");
        assert_eq!(store.runs_from("/p", Some(""), 1, 1).unwrap()[0].id.0, "00000004");
        assert_eq!(store.runs_from("/p", Some("other"), 0, 1).unwrap(), []);
    }

    fn lines(n: usize, changed: usize) -> Vec<String> {
        (0..n).map(|at| format!("src/module_{at}/file.rs\t{}\n", if at == changed { 9_999 } else { at })).collect()
    }

    #[test]
    fn parts_put_together_give_the_lines_and_a_changed_line_changes_one() {
        let before = parts(&lines(6000, usize::MAX));
        assert_eq!(before.concat(), lines(6000, usize::MAX).concat());
        assert!((500..1000).contains(&before.len()), "{} parts", before.len());
        let after = parts(&lines(6000, 3000));
        assert_eq!(before.iter().filter(|part| !after.contains(part)).count(), 1);
        let mut without = lines(6000, usize::MAX);
        without.remove(3000);
        assert_eq!(parts(&without).iter().filter(|part| !before.contains(part)).count(), 1);
        assert_eq!(parts(&[]).len(), 0);
    }
}
