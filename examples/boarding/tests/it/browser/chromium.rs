//! A browser without a window.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities};

const HOW_TO_GET_IT: &str = "a browser and its driver are needed: \
    apt-get install -y --no-install-recommends chromium chromium-driver \
    (or MULTISCHEMA_NO_BROWSER=1 to leave out what is seen in a browser)";

/// What Chromium does not need here, or cannot have: it runs as root, in a container, and asks nobody for anything.
const ARGUMENTS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-proxy-server",
    "--lang=en-US",
    "--window-size=1280,900",
];

/// Whether the tests that need a browser are to be left out.
pub(crate) fn is_unwanted() -> bool {
    env::var_os("MULTISCHEMA_NO_BROWSER").is_some_and(|it| it == "1")
}

/// A running Chromium, and the program that steers it.
pub(crate) struct Chromium {
    driver: WebDriver,
    _steering: Steering,
}

/// chromedriver, in a process group of its own with all that it starts, and the folder where they work.
struct Steering {
    child: Child,
    home: PathBuf,
}

impl Chromium {
    /// One in which pages may run scripts, or may not: then the site has to work without.
    pub(crate) async fn start(with_scripts: bool) -> Self {
        let chromium = find(&["chromium", "chromium-browser", "google-chrome"]);
        let chromedriver = find(&["chromedriver", "chromium.chromedriver"]);
        let (Some(chromium), Some(chromedriver)) = (chromium, chromedriver) else {
            panic!("{HOW_TO_GET_IT}");
        };
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let steering = Steering::start(&chromedriver, port);
        let mut wanted = DesiredCapabilities::chrome();
        steering
            .describe(&mut wanted, &chromium, with_scripts)
            .unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted);
        Self {
            driver: driver.await.unwrap(),
            _steering: steering,
        }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Has the browser do what WebDriver has no command for.
    pub(crate) async fn tell(&self, command: &str, parameters: Value) -> Value {
        let told = self.driver.cdp().send_raw(command, parameters).await;
        told.unwrap()
    }

    /// Has it be as wide as a phone or a screen, and prefer light or dark colours.
    pub(crate) async fn look(&self, width: u32, colours: &str) {
        let size =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
        let preferred = json!({ "name": "prefers-color-scheme", "value": colours });
        let media = json!({ "features": [preferred] });
        self.tell("Emulation.setEmulatedMedia", media).await;
    }

    /// Keeps what is seen in `target/tmp`, in a folder of the tested package.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME"));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        self.driver.screenshot(&file).await.unwrap();
    }

    pub(crate) async fn quit(self) {
        self.driver.quit().await.unwrap();
    }
}

impl Steering {
    fn start(chromedriver: &Path, port: u16) -> Self {
        use std::os::unix::process::CommandExt as _;

        let home = env::temp_dir().join(format!("browser-{}-{port}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        let child = Command::new(chromedriver)
            .arg(format!("--port={port}"))
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("LANGUAGE", "en_US")
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let steering = Self {
            child: child.unwrap(),
            home,
        };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "no chromedriver");
            thread::sleep(Duration::from_millis(20));
        }
        steering
    }

    fn describe(
        &self,
        wanted: &mut ChromeCapabilities,
        chromium: &Path,
        with_scripts: bool,
    ) -> WebDriverResult<()> {
        wanted.set_binary(chromium.to_str().unwrap())?;
        for argument in ARGUMENTS {
            wanted.add_arg(argument)?;
        }
        let profile = self.home.join("profile");
        wanted.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        let allowed = if with_scripts { 1 } else { 2 };
        let scripts = json!({ "profile.managed_default_content_settings.javascript": allowed });
        wanted.add_experimental_option("prefs", scripts)
    }
}

impl Drop for Steering {
    fn drop(&mut self) {
        // Chromium would outlive a driver that is killed alone.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|it| it.is_file())
}
