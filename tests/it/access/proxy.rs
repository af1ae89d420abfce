//! A network between a listener and the server, which can be made to fail.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use multischema::CachedRegistry;
use multischema_tests::{World, value};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    /// It forwards.
    Forward,
    /// It keeps connections open, lets new ones in, and forwards nothing.
    Silent,
    /// It closes all connections and those that come.
    Down,
}

/// A network, which ends with this value.
pub(super) struct Proxy {
    port: u16,
    mode: Arc<AtomicU8>,
    /// Of which a connection has to be, not to be silent.
    era: Arc<AtomicUsize>,
}

#[derive(Clone)]
enum Server {
    Unix(PathBuf),
    Tcp(String),
}

impl Proxy {
    pub(super) fn of(world: &World) -> Self {
        let mut pg = world.pg();
        let port = value(&mut pg, "current_setting('port')");
        let server = match value(&mut pg, "coalesce(host(inet_server_addr()), '')").as_str() {
            "" => {
                let folder = value(
                    &mut pg,
                    "split_part(current_setting('unix_socket_directories'), ',', 1)",
                );
                Server::Unix(PathBuf::from(folder).join(format!(".s.PGSQL.{port}")))
            }
            host => Server::Tcp(format!("{host}:{port}")),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            mode: Arc::new(AtomicU8::new(Mode::Forward as u8)),
            era: Arc::default(),
        };
        let (mode, era) = (Arc::downgrade(&proxy.mode), Arc::clone(&proxy.era));
        listener.set_nonblocking(true).unwrap();
        thread::spawn(move || {
            while let Some(mode) = mode.upgrade() {
                match listener.accept() {
                    Ok((client, _)) if mode.load(Ordering::SeqCst) != Mode::Down as u8 => {
                        client.set_nonblocking(false).unwrap();
                        // The server may be away.
                        let _ = connect(&server, &client, &mode, &era);
                    }
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        thread::sleep(Duration::from_millis(2));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        });
        proxy
    }

    /// The URL of the database, by this way.
    pub(super) fn url(&self, world: &World) -> String {
        let url = world.url();
        let separator = if url.contains('?') { '&' } else { '?' };
        let port = self.port;
        format!("{url}{separator}host=127.0.0.1&port={port}&sslmode=disable")
    }

    /// A process whose listener has to take this way, and nothing else.
    pub(super) fn process(&self, world: &World) -> CachedRegistry {
        let registry = world.empty_registry();
        super::live(
            CachedRegistry::builder(registry)
                .listen_at(&self.url(world))
                .build(),
        )
    }

    pub(super) fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Forwards nothing of the connections that there are, for ever.
    pub(super) fn swallow(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
    }
}

trait Stream: Read + Write + Send + Sized + 'static {
    fn again(&self) -> io::Result<Self>;
    fn close(&self);
    fn be_quick(&self) -> io::Result<()>;
}

macro_rules! stream {
    ($($stream:ty),*) => {$(
        impl Stream for $stream {
            fn again(&self) -> io::Result<Self> {
                self.try_clone()
            }
            fn close(&self) {
                let _ = self.shutdown(Shutdown::Both);
            }
            fn be_quick(&self) -> io::Result<()> {
                self.set_read_timeout(Some(Duration::from_millis(5)))
            }
        }
    )*};
}
stream!(TcpStream, UnixStream);

fn connect(
    server: &Server,
    client: &TcpStream,
    mode: &Arc<AtomicU8>,
    era: &Arc<AtomicUsize>,
) -> io::Result<()> {
    match server {
        Server::Unix(path) => both_ways(client, &UnixStream::connect(path)?, mode, era),
        Server::Tcp(place) => both_ways(client, &TcpStream::connect(place)?, mode, era),
    }
}

fn both_ways<S: Stream>(
    client: &TcpStream,
    server: &S,
    mode: &Arc<AtomicU8>,
    era: &Arc<AtomicUsize>,
) -> io::Result<()> {
    forward(client.again()?, server.again()?, mode, era)?;
    forward(server.again()?, client.again()?, mode, era)
}

/// Forwards what comes, until one side ends or the network does.
fn forward<A: Stream, B: Stream>(
    mut from: A,
    mut to: B,
    mode: &Arc<AtomicU8>,
    era: &Arc<AtomicUsize>,
) -> io::Result<()> {
    from.be_quick()?;
    let (mode, era) = (Arc::downgrade(mode), Arc::clone(era));
    let own = era.load(Ordering::SeqCst);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        let mut held = 0;
        while let Some(mode) = mode.upgrade() {
            let mode = mode.load(Ordering::SeqCst);
            if mode == Mode::Down as u8 {
                break;
            }
            if mode == Mode::Silent as u8 || era.load(Ordering::SeqCst) != own {
                thread::sleep(Duration::from_millis(2));
                continue;
            }
            // What came while it turned silent is held up.
            if held > 0 {
                if to.write_all(&buffer[..held]).is_err() {
                    break;
                }
                held = 0;
            }
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => held = read,
                Err(error) => {
                    if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
                        break;
                    }
                }
            }
        }
        from.close();
        to.close();
    });
    Ok(())
}
