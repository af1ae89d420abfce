//! All rows that are chosen, as a file: piece by piece from a cursor, so that no more of it is in memory than a piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use diesel::result::Error as DieselError;
use multischema::ScopedConnection;
use multischema_axum::DbError;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

use super::condition::{Condition, chosen};
use super::reach::{Job, Reach};
use super::sql::{Name, Relation, Sql, add, joined, parsed};
use crate::model::Order;

/// Bytes that a piece should have.
const PIECE: usize = 128 * 1024;
/// Rows that a piece has at most.
const ROWS: usize = 2_000;
/// How long the database may look for a piece, of which the first may need all to be sorted.
const PATIENCE: &str = "60s";
/// How long somebody may take for a piece: a connection waits for it.
const READER: Duration = Duration::from_secs(60);

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    /// An object of JSON a line.
    Ndjson,
}

/// Reads rows into a file.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) of: Relation,
    /// The columns of the primary key.
    pub(crate) key: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) order: Vec<Order>,
    pub(crate) format: Format,
    pub(crate) to: Sender<Piece>,
    /// Set when it is to end before it is through.
    pub(crate) end: Arc<AtomicBool>,
}

/// A piece of a file.
#[derive(Debug)]
pub(crate) enum Piece {
    Of(Bytes),
    /// There is no more: without it, something went wrong.
    End,
}

/// Ends the transaction.
enum Halt {
    /// Nobody reads any more.
    Unread,
    Database(DbError),
}

impl From<DieselError> for Halt {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

impl Job for Export {
    type Output = ();

    fn run<C: Reach>(self, conn: &mut C) -> Result<(), DbError> {
        let exported = conn.whole(|conn| {
            self.open(conn)?;
            let mut piece = self.head()?;
            let mut rows = 8;
            loop {
                let lines = fetch(conn, rows)?;
                let is_last = lines.len() < rows;
                let bytes: usize = lines.iter().map(String::len).sum();
                for line in &lines {
                    self.write(line, &mut piece)?;
                }
                drop(lines);
                // Long rows are read one by one.
                rows = (rows * PIECE / bytes.max(1)).clamp(1, (rows * 4).min(ROWS));
                if !piece.is_empty() {
                    self.send(Piece::Of(std::mem::take(&mut piece).into()))?;
                }
                if is_last {
                    return self.send(Piece::End);
                }
            }
        });
        match exported {
            Ok(()) | Err(Halt::Unread) => Ok(()),
            Err(Halt::Database(error)) => Err(error),
        }
    }
}

impl Export {
    fn open<C: ScopedConnection>(&self, conn: &mut C) -> Result<(), Halt> {
        let mut sql = Sql::new();
        add!(
            sql,
            "SELECT pg_catalog.set_config('statement_timeout', '{PATIENCE}', true) AS line"
        );
        sql.lines(conn)?;
        let mut sql = Sql::new();
        let columns = self.columns.iter().map(|it| (it, Name(it)));
        let line = match self.format {
            Format::Csv => {
                let texts = columns.map(|(_, it)| format!("t.{it}::pg_catalog.text"));
                format!(
                    "pg_catalog.to_json(ARRAY[{}]::pg_catalog.text[])",
                    joined(texts, ", ")
                )
            }
            Format::Ndjson => {
                let columns = columns.map(|(_, it)| format!("t.{it}"));
                format!(
                    "(SELECT pg_catalog.row_to_json(r) FROM (SELECT {}) r)",
                    joined(columns, ", ")
                )
            }
        };
        add!(
            sql,
            "DECLARE export NO SCROLL CURSOR FOR SELECT {line}::pg_catalog.text AS line FROM {} t",
            self.of
        );
        if let Some(chosen) = chosen(&mut sql, &self.conditions, &self.of, &self.key) {
            add!(sql, " WHERE {chosen}");
        }
        let order = self.order.iter().map(|it| {
            format!(
                "t.{}{}",
                Name(&it.column),
                if it.is_descending { " DESC" } else { "" }
            )
        });
        add!(sql, " ORDER BY {}", joined(order, ", "));
        Ok(sql.lines(conn).map(drop)?)
    }

    fn head(&self) -> Result<Vec<u8>, Halt> {
        let mut piece = Vec::new();
        if self.format == Format::Csv {
            record(&mut piece, self.columns.iter().map(|it| Some(it.as_str())))?;
        }
        Ok(piece)
    }

    fn write(&self, line: &str, piece: &mut Vec<u8>) -> Result<(), Halt> {
        match self.format {
            Format::Csv => {
                let values: Vec<Option<String>> = parsed(line)?;
                record(piece, values.iter().map(Option::as_deref))
            }
            Format::Ndjson => {
                // A break can only be between what JSON is made of.
                piece.extend(line.bytes().map(|it| {
                    if matches!(it, b'\n' | b'\r') {
                        b' '
                    } else {
                        it
                    }
                }));
                piece.push(b'\n');
                Ok(())
            }
        }
    }

    /// Waits until somebody wants it.
    fn send(&self, piece: Piece) -> Result<(), Halt> {
        if self.end.load(Ordering::Relaxed) {
            return Err(Halt::Unread);
        }
        let sent = Handle::current().block_on(tokio::time::timeout(READER, self.to.send(piece)));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Halt::Unread),
            Err(_) => {
                tracing::warn!("nobody read an export for {READER:?}: it was ended");
                Err(Halt::Unread)
            }
        }
    }
}

fn fetch<C: ScopedConnection>(conn: &mut C, rows: usize) -> Result<Vec<String>, Halt> {
    let mut sql = Sql::new();
    add!(sql, "FETCH {rows} FROM export");
    Ok(sql.lines(conn)?)
}

fn record<'a>(
    piece: &mut Vec<u8>,
    values: impl Iterator<Item = Option<&'a str>>,
) -> Result<(), Halt> {
    let failed = |error: csv::Error| Halt::Database(DbError::other(error));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(piece);
    for value in values {
        let value = value.unwrap_or_default();
        match is_formula(value) {
            true => writer.write_field(format!("'{value}")).map_err(failed)?,
            false => writer.write_field(value).map_err(failed)?,
        }
    }
    writer.write_record(None::<&[u8]>).map_err(failed)?;
    writer
        .flush()
        .map_err(|error| Halt::Database(DbError::other(error)))
}

/// Whether a program that shows tables may take a cell for something to compute, which could send what is beside it anywhere.
fn is_formula(cell: &str) -> bool {
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let is_number = cell.parse::<f64>().is_ok()
        && !cell.contains(|it: char| it.is_alphabetic() && !matches!(it, 'e' | 'E'));
    cell.starts_with(begins) && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_computed() {
        for cell in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "-",
            "+",
            "-inf",
            "-5,6",
            "--1",
            "+1 2",
        ] {
            assert!(is_formula(cell), "{cell:?}");
        }
        for cell in [
            "", "-5", "+5.25", "-1e-7", "-1E5", "a=b", "1-1", " =1", "'=1", "é",
        ] {
            assert!(!is_formula(cell), "{cell:?}");
        }
    }

    #[test]
    fn a_record_is_one_line_of_quoted_cells() {
        let mut piece = Vec::new();
        let cells = [Some("a\"b"), None, Some("x,y"), Some("=1\n"), Some("")];
        assert!(record(&mut piece, cells.into_iter()).is_ok());
        assert_eq!(
            String::from_utf8(piece).unwrap(),
            "\"a\"\"b\",,\"x,y\",\"'=1\n\",\r\n"
        );
    }
}
