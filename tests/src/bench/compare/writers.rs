//! Connections that write the rows of one round: each takes the next batch as soon as its last one is acknowledged.

use super::figures::Acknowledged;
use crate::error::Error;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio::task::JoinSet;

/// A connection to a system.
pub trait Writer: Send + 'static {
    /// Writes one batch, whose first row has that number; it is durable when this returns.
    ///
    /// # Errors
    /// [`Error`] if the system refuses.
    fn write(&mut self, first: u64, rows: &[String]) -> impl Future<Output = Result<(), Error>> + Send;
}

/// One round's rows.
#[derive(Clone)]
pub struct Rows {
    /// The rows.
    pub rows: Arc<Vec<String>>,
    /// Number of the first of them.
    pub first: u64,
    /// Rows of a batch.
    pub batch: usize,
}

/// Writes all rows on all connections. Returns how long each batch took, in milliseconds.
///
/// # Errors
/// The first [`Error`] of a connection.
pub async fn write_all<W: Writer>(
    writers: Vec<W>,
    rows: Rows,
    acknowledged: &Arc<Acknowledged>,
) -> Result<Vec<f64>, Error> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut loads = JoinSet::new();
    for writer in writers {
        loads.spawn(write_some(writer, rows.clone(), Arc::clone(acknowledged), Arc::clone(&next)));
    }
    let mut times = Vec::new();
    while let Some(done) = loads.join_next().await {
        let panicked = |error| Err(Error::Unexpected(format!("a client panicked: {error}")));
        times.extend(done.unwrap_or_else(panicked)?);
    }
    Ok(times)
}

async fn write_some<W: Writer>(
    mut writer: W,
    rows: Rows,
    acknowledged: Arc<Acknowledged>,
    next: Arc<AtomicUsize>,
) -> Result<Vec<f64>, Error> {
    let mut times = Vec::new();
    loop {
        let from = next.fetch_add(1, Ordering::Relaxed) * rows.batch;
        let to = rows.rows.len().min(from + rows.batch);
        if from >= to {
            return Ok(times);
        }
        let began = Instant::now();
        let first = rows.first + from as u64;
        writer.write(first, &rows.rows[from..to]).await?;
        acknowledged.add(first..first + (to - from) as u64);
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    struct Refusing(u64);

    impl Writer for Refusing {
        async fn write(&mut self, first: u64, rows: &[String]) -> Result<(), Error> {
            assert_eq!(rows[0], first.to_string());
            if first < self.0 { Ok(()) } else { Err(Error::Unexpected("full".into())) }
        }
    }

    #[tokio::test]
    async fn every_row_is_written_once_and_a_refused_one_is_not_acknowledged() {
        let rows = Rows { rows: Arc::new((100..205_u64).map(|row| row.to_string()).collect()), first: 100, batch: 10 };
        let acknowledged = Arc::default();
        let times = write_all(vec![Refusing(1_000), Refusing(1_000)], rows.clone(), &acknowledged).await.unwrap();
        assert_eq!((times.len(), acknowledged.missing(|number| number < 205)), (11, (105, 0)));
        let acknowledged = Arc::default();
        assert!(write_all(vec![Refusing(150)], rows, &acknowledged).await.is_err());
        assert_eq!(acknowledged.missing(|_| true), (50, 0));
    }
}
