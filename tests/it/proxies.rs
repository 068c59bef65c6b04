//! Proxies: only that of feeds.toml is used, and only where it may be.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Command, Output};

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// Runs the program with every variable that other programs take a proxy from.
fn run(wire: &Wire, proxy: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, proxy).env(name.to_lowercase(), proxy);
    }
    let directory = wire.directory.path();
    command.args(["fetch", "--json"]).current_dir(directory).output().unwrap()
}

#[test]
fn h11_proxies_of_the_environment_are_ignored() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let ran = run(&wire, &format!("http://{}", trap.local_addr().unwrap()));
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(server.asked().len(), 1);
    assert_eq!(trap.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "the proxy was asked");
}

#[test]
fn h11_the_proxy_of_feeds_toml_is_used_where_allow_private_names_it() {
    let proxy = Server::start();
    // A proxy is asked with the whole url.
    let url = "http://93.184.215.14/feed";
    proxy.set(url, Answer::feed(numbered("a.example", 1..=3)));
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let trapped = format!("http://{}", trap.local_addr().unwrap());
    let source = format!("[[source]]\nid = \"a\"\nurl = \"{url}\"\n");
    let head = HEAD.replace("[fetch]\n", &format!("[fetch]\nproxy = \"{}\"\n", proxy.url("/")));
    let wire = Wire::new(&format!("{head}{source}"));
    let ran = run(&wire, &trapped);
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(proxy.asked().len(), 1);
    assert_eq!(wire.stories().len(), 3);
    assert_eq!(
        trap.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock,
        "the other proxy was asked"
    );

    let forbidden = head.replace("allow_private = [\"127.0.0.0/8\"]\n", "");
    let wire = Wire::new(&format!("{forbidden}{source}"));
    let ran = run(&wire, &trapped);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    assert!(said.contains("allow_private = [\"127.0.0.1/32\"]"), "{said}");
    assert!(proxy.asked().is_empty());
}
