//! Measuring side by side: the cases take turns, and their medians are compared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is measured: a name and the work of one turn.
pub type Case<'a> = (&'a str, &'a mut dyn FnMut());

/// The same, where the turn measures itself: what comes before and after does not count.
pub type TimedCase<'a> = (&'a str, &'a mut dyn FnMut() -> Duration);

/// The table of one benchmark.
#[derive(Debug)]
pub struct Bench {
    name: &'static str,
    postgres: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    case: String,
    n: usize,
    /// What else tells the row from others: `"tables":30`.
    also: String,
    median: Duration,
    of: String,
    ratio: f64,
}

impl Bench {
    /// Begins the table `name`, measured against `postgres` (its version).
    #[must_use]
    pub fn new(name: &'static str, postgres: String) -> Self {
        Self {
            name,
            postgres,
            rows: Vec::new(),
        }
    }

    /// Lets `cases` take `rounds` turns each and compares each with the first of them.
    pub fn compare(&mut self, n: usize, rounds: usize, cases: &mut [Case<'_>]) {
        self.compare_with(1, n, rounds, cases);
    }

    /// Lets `cases` take `rounds` turns each and compares each with the first `references` of them.
    pub fn compare_with(
        &mut self,
        references: usize,
        n: usize,
        rounds: usize,
        cases: &mut [Case<'_>],
    ) {
        let mut timed: Vec<_> = cases
            .iter_mut()
            .map(|(name, work)| {
                let time = move || {
                    let start = Instant::now();
                    work();
                    start.elapsed()
                };
                (*name, time)
            })
            .collect();
        let mut timed: Vec<TimedCase<'_>> = timed
            .iter_mut()
            .map(|(name, time)| (*name, time as _))
            .collect();
        self.compare_timed(references, n, "", rounds, &mut timed);
    }

    /// The same for turns that measure themselves. `also` tells the rows from others with the same case and `n`.
    pub fn compare_timed(
        &mut self,
        references: usize,
        n: usize,
        also: &str,
        rounds: usize,
        cases: &mut [TimedCase<'_>],
    ) {
        self.compare_means(references, n, also, (rounds, 1), cases);
    }

    /// The same, where each turn is the mean of several, which the cases take one after the other as well. The median of single
    /// ones is no good where these are of two kinds, as on a machine that others slow down now and then.
    pub fn compare_means(
        &mut self,
        references: usize,
        n: usize,
        also: &str,
        (rounds, each): (usize, u32),
        cases: &mut [TimedCase<'_>],
    ) {
        let mut times: Vec<Vec<Duration>> =
            cases.iter().map(|_| Vec::with_capacity(rounds)).collect();
        for round in 0..rounds + rounds / 10 {
            let mut sums = vec![Duration::ZERO; cases.len()];
            for _ in 0..each {
                for ((_, work), sum) in cases.iter_mut().zip(&mut sums) {
                    *sum += work();
                }
            }
            // The first tenth warms up.
            if round >= rounds / 10 {
                for (sum, times) in sums.into_iter().zip(&mut times) {
                    times.push(sum / each);
                }
            }
        }
        let medians: Vec<_> = times.iter_mut().map(|times| median(times)).collect();
        for (index, ((case, _), median)) in cases.iter().zip(&medians).enumerate() {
            let of = cases[..references].iter().zip(&medians).enumerate();
            for (other, ((of, _), reference)) in of {
                if index != other || references == 1 {
                    self.row(case, n, also, *median, (of, *reference));
                }
            }
        }
    }

    /// Adds one row.
    pub fn row(
        &mut self,
        case: &str,
        n: usize,
        also: &str,
        median: Duration,
        (of, reference): (&str, Duration),
    ) {
        self.rows.push(Row {
            case: case.to_owned(),
            n,
            also: also.to_owned(),
            median,
            of: of.to_owned(),
            ratio: median.as_secs_f64() / reference.as_secs_f64(),
        });
    }

    /// Prints the table and writes `target/bench/NAME.json`.
    pub fn finish(self) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut table = format!(
            "{} (PostgreSQL {}, {cores} cores)\n",
            self.name, self.postgres
        );
        let mut json = format!(
            "{{\"bench\":\"{}\",\"postgres\":\"{}\",\"cores\":{cores},\"rows\":[",
            self.name, self.postgres
        );
        for (index, row) in self.rows.iter().enumerate() {
            let Row {
                case,
                n,
                also,
                median,
                of,
                ratio,
            } = row;
            let micros = median.as_secs_f64() * 1e6;
            writeln!(
                table,
                "{case:<28} n={n:<5} {:<17} {micros:>9.1} µs  {ratio:>6.2} x {of}",
                also.replace('"', "")
            )
            .unwrap();
            let comma = if index > 0 { "," } else { "" };
            write!(
                json,
                "{comma}{{\"case\":\"{case}\",\"n\":{n}{}{also},\"median_us\":{micros:.1},\"of\":\"{of}\",\"ratio\":{ratio:.2}}}",
                if also.is_empty() { "" } else { "," }
            )
            .unwrap();
        }
        json.push_str("]}\n");
        println!("{table}");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{}.json", self.name)), json).unwrap();
    }
}

/// The middle one of several times.
#[must_use]
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
