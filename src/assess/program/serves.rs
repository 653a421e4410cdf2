//! Programs that serve, told by their sources: what starts a server is deployed somewhere, even where no file says how.

use memchr::memmem;

use super::source::{is_code, line_of};
use super::{Act, Done, TextFacts};
use crate::assess::words::Held;

/// What starts a server.
pub(super) struct Mark {
    /// Of the files that it may stand in.
    extensions: &'static [&'static str],
    pub(super) call: &'static str,
    /// What must stand in the same text: a library may hold the call alone.
    also: &'static [&'static str],
}

const fn mark(extensions: &'static [&'static str], call: &'static str, also: &'static [&'static str]) -> Mark {
    Mark { extensions, call, also }
}

const GO: &[&str] = &["go"];
const PYTHON: &[&str] = &["py"];
const SCRIPT: &[&str] = &["js", "mjs", "cjs", "ts"];
const JVM: &[&str] = &["java", "kt", "scala", "groovy"];
const NET: &[&str] = &["cs", "fs"];
const RUST: &[&str] = &["rs"];
const RUBY: &[&str] = &["rb"];

const MAIN: &[&str] = &["package main"];
const LISTENS: &[&str] = &[".listen("];
const RUN: &[&str] = &["fn main"];

/// The calls of common frameworks, as their documentation writes them.
pub(super) const MARKS: [Mark; 53] = [
    mark(GO, "http.ListenAndServe", MAIN),
    mark(GO, ".ListenAndServe(", MAIN),
    mark(GO, "grpc.NewServer(", MAIN),
    mark(GO, "gin.Default(", MAIN),
    mark(GO, "gin.New(", MAIN),
    mark(GO, "echo.New(", MAIN),
    mark(GO, "fiber.New(", MAIN),
    mark(GO, "lambda.Start(", MAIN),
    mark(PYTHON, "= Flask(", &[]),
    mark(PYTHON, "= FastAPI(", &[]),
    mark(PYTHON, "= Starlette(", &[]),
    mark(PYTHON, "= Quart(", &[]),
    mark(PYTHON, "= Sanic(", &[]),
    mark(PYTHON, "uvicorn.run(", &[]),
    mark(PYTHON, "web.run_app(", &[]),
    mark(PYTHON, "= get_wsgi_application(", &[]),
    mark(PYTHON, "= get_asgi_application(", &[]),
    mark(PYTHON, "tornado.web.Application(", LISTENS),
    mark(PYTHON, "grpc.server(", &["__main__"]),
    mark(PYTHON, "HTTPServer((", &["__main__"]),
    mark(SCRIPT, "express()", LISTENS),
    mark(SCRIPT, "createServer(", LISTENS),
    mark(SCRIPT, "fastify(", LISTENS),
    mark(SCRIPT, "Fastify(", LISTENS),
    mark(SCRIPT, "new Koa(", LISTENS),
    mark(SCRIPT, "NestFactory.create", LISTENS),
    mark(SCRIPT, "Hapi.server(", &[".start("]),
    mark(SCRIPT, "Bun.serve(", &[]),
    mark(SCRIPT, "Deno.serve(", &[]),
    mark(JVM, "SpringApplication.run(", &[]),
    mark(JVM, "runApplication<", &[]),
    mark(JVM, "@QuarkusMain", &[]),
    mark(JVM, "Micronaut.run(", &[]),
    mark(JVM, "embeddedServer(", &["fun main"]),
    mark(JVM, "Javalin.create(", &[" main("]),
    mark(JVM, "HttpServer.create(", &[" main("]),
    mark(JVM, "ServerBuilder.forPort(", &[" main("]),
    mark(JVM, ".newServerAt(", &[".bind"]),
    mark(NET, "WebApplication.Create", &[]),
    mark(NET, "WebHost.CreateDefaultBuilder(", &[]),
    mark(NET, "Host.CreateDefaultBuilder(", &[]),
    mark(NET, "Host.CreateApplicationBuilder(", &[]),
    mark(NET, "DistributedApplication.CreateBuilder(", &[]),
    mark(RUST, "axum::serve(", RUN),
    mark(RUST, "HttpServer::new(", RUN),
    mark(RUST, "rocket::build(", &[]),
    mark(RUST, "warp::serve(", RUN),
    mark(RUST, "Server::builder()", &["fn main", "tonic"]),
    mark(RUST, "TcpListener::bind(", RUN),
    mark(RUBY, "< Rails::Application", &[]),
    mark(RUBY, "require 'sinatra'", &[]),
    mark(RUBY, "require \"sinatra\"", &[]),
    mark(&["ex", "exs"], "use Phoenix.Endpoint", &[]),
];

/// Notes where a text starts a server; `held` are its words.
pub(super) fn read(out: &mut TextFacts, text: &str, held: &Held<'_>) {
    let extension = out.path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let starts = |mark: &&Mark| {
        mark.extensions.contains(&extension)
            && held.has(mark.call)
            && mark.also.iter().all(|also| memmem::find(text.as_bytes(), also.as_bytes()).is_some())
    };
    let found = MARKS.iter().filter(starts).find_map(|mark| {
        let at = memmem::find_iter(text.as_bytes(), mark.call.as_bytes()).find(|at| is_code(text, *at))?;
        Some((mark, at))
    });
    if let Some((mark, at)) = found {
        let what = mark.call.trim_start_matches(['=', ' ']).trim_end_matches(['(', '<', ')']).to_owned();
        out.acts.push(Done { act: Act::Listens, what, line: line_of(text, at) });
    }
}

/// Notes what a web server calls by its name: the front page of PHP.
pub(super) fn by_name(out: &mut TextFacts) {
    if out.path.rsplit('/').next() == Some("index.php") {
        out.acts.push(Done { act: Act::Listens, what: "index.php".to_owned(), line: 1 });
    }
}
