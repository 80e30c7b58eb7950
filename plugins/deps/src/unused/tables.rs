//! Owns what is known of single packages: the names by which sources call them, and those that are used without an import.

/// Crates that generated code uses, or that are linked for an effect or a feature.
#[rustfmt::skip]
pub(super) const CARGO_WITHOUT_WORD: [&str; 32] = [
    "bytes-utils", "capnp", "compiler_builtins", "cxx", "defmt-rtt", "embuild", "esp-backtrace", "flatbuffers", "getrandom", "grpcio",
    "openssl", "panic-abort", "panic-halt", "panic-probe", "panic-rtt-target", "panic-semihosting", "pbjson", "pbjson-types", "prost",
    "prost-types", "protobuf", "pyo3-build-config", "rustc-std-workspace-alloc", "rustc-std-workspace-core", "rustc-std-workspace-std",
    "static_vcruntime", "time-macros", "tonic", "tonic-prost", "uniffi", "version_check", "wasm-bindgen-test",
];

/// Crates for tests, which no example in documentation uses.
#[rustfmt::skip]
pub(super) const CARGO_FOR_TESTS: [&str; 29] = [
    "arbitrary", "assert_cmd", "assert_fs", "automod", "criterion", "divan", "env_logger", "expect-test", "fake", "iai", "insta",
    "mockall", "mockito", "predicates", "pretty_assertions", "proptest", "proptest-derive", "quickcheck", "quickcheck_macros", "rstest",
    "rustversion", "serial_test", "snapbox", "tempfile", "test-case", "test-log", "trybuild", "trycmd", "wiremock",
];

/// Crates whose library has another name.
pub(super) const CARGO_NAMES: [(&str, &str); 9] = [
    ("redox_syscall", "syscall"),
    ("md-5", "md5"),
    ("rust-crypto", "crypto"),
    ("rust-ini", "ini"),
    ("rust-s3", "s3"),
    ("sha-1", "sha1"),
    ("xml-rs", "xml"),
    ("libwebp-sys2", "libwebp_sys"),
    ("rustls-pki-types", "pki_types"),
];

/// Go modules that mostly generated code imports, which is not read here.
#[rustfmt::skip]
pub(super) const GO_GENERATED: [&str; 22] = [
    "buf.build/gen", "connectrpc.com/connect", "github.com/99designs/gqlgen", "github.com/a-h/templ", "github.com/apache/thrift",
    "github.com/envoyproxy/protoc-gen-validate", "github.com/go-openapi", "github.com/gogo/protobuf", "github.com/golang/mock",
    "github.com/golang/protobuf", "github.com/google/wire", "github.com/grpc-ecosystem/grpc-gateway", "github.com/josharian/intern",
    "github.com/mailru/easyjson", "github.com/planetscale/vtprotobuf", "github.com/tinylib/msgp", "github.com/ugorji/go",
    "github.com/vektah/gqlparser", "go.uber.org/mock", "google.golang.org/genproto", "google.golang.org/grpc",
    "google.golang.org/protobuf",
];

/// Java libraries and their packages.
#[rustfmt::skip]
pub(super) const JAVA_PACKAGES: [(&str, &[&str]); 31] = [
    ("com.google.code.gson:gson", &["com.google.gson"]),
    ("com.google.guava:guava", &["com.google.common"]),
    ("com.google.zxing:core", &["com.google.zxing"]),
    ("com.jakewharton.timber:timber", &["timber.log"]),
    ("com.github.bumptech.glide:glide", &["com.bumptech.glide"]),
    ("com.jcraft:jsch", &["com.jcraft.jsch"]),
    ("com.opencsv:opencsv", &["com.opencsv"]),
    ("com.squareup.okhttp3:okhttp", &["okhttp3"]),
    ("com.squareup.picasso:picasso", &["com.squareup.picasso"]),
    ("com.squareup.retrofit2:retrofit", &["retrofit2"]),
    ("commons-cli:commons-cli", &["org.apache.commons.cli"]),
    ("commons-codec:commons-codec", &["org.apache.commons.codec"]),
    ("commons-io:commons-io", &["org.apache.commons.io"]),
    ("commons-lang:commons-lang", &["org.apache.commons.lang"]),
    ("info.picocli:picocli", &["picocli"]),
    ("io.reactivex.rxjava2:rxjava", &["io.reactivex"]),
    ("io.reactivex.rxjava3:rxjava", &["io.reactivex.rxjava3"]),
    ("io.vavr:vavr", &["io.vavr"]),
    ("joda-time:joda-time", &["org.joda.time"]),
    ("org.apache.commons:commons-collections4", &["org.apache.commons.collections4"]),
    ("org.apache.commons:commons-csv", &["org.apache.commons.csv"]),
    ("org.apache.commons:commons-lang3", &["org.apache.commons.lang3"]),
    ("org.apache.commons:commons-math3", &["org.apache.commons.math3"]),
    ("org.apache.commons:commons-text", &["org.apache.commons.text"]),
    ("org.apache.pdfbox:pdfbox", &["org.apache.pdfbox"]),
    ("org.apache.poi:poi", &["org.apache.poi"]),
    ("org.jetbrains.kotlinx:kotlinx-coroutines-core", &["kotlinx.coroutines"]),
    ("org.jetbrains.kotlinx:kotlinx-datetime", &["kotlinx.datetime"]),
    ("org.json:json", &["org.json"]),
    ("org.jsoup:jsoup", &["org.jsoup"]),
    ("org.mindrot:jbcrypt", &["org.mindrot.jbcrypt"]),
];

/// npm packages that run, that pages, styles, bundlers or other packages load, or that stand for a module of Node.
#[rustfmt::skip]
const NPM_TOOLS: [&str; 140] = [
    "@babel/runtime", "@capacitor/android", "@capacitor/ios", "@emotion/react", "@emotion/styled", "@popperjs/core", "@sap/hana-client",
    "@swc/helpers", "animate.css", "assert", "autoprefixer", "aws4", "bcrypt", "better-sqlite3", "bootstrap", "bootstrap-icons", "buffer",
    "bufferutil", "bulma", "canvas", "cardinal", "classnames", "concurrently", "core-js", "cross-env", "cross-fetch", "crypto-browserify",
    "cssnano", "daisyui", "dotenv", "ejs", "electron", "electron-builder", "emotion", "encoding", "events", "expo", "expo-sqlite",
    "express-handlebars", "fibers", "flowbite", "font-awesome", "foundation-sites", "hammerjs", "handlebars", "hbs", "hiredis", "hjson",
    "https-browserify", "husky", "ioredis", "jade", "jquery", "js-yaml", "json5", "kerberos", "leaflet", "less", "less-middleware",
    "lint-staged", "material-icons", "modern-normalize", "mongodb", "mongodb-client-encryption", "mssql", "mysql", "mysql2", "next",
    "node-sass", "nodemailer-smtp-transport", "nodemon", "normalize.css", "npm", "npm-run-all", "npm-run-all2", "nuxt", "oracledb",
    "os-browserify", "patch-package", "path-browserify", "pg", "pg-hstore", "pg-native", "pino", "pino-pretty", "pm2", "pnpm",
    "popper.js", "preact", "primeicons", "process", "pug", "punycode", "react", "react-dom", "react-native",
    "react-native-sqlite-storage", "react-scripts", "redis", "reflect-metadata", "regenerator-runtime", "rimraf", "rxjs", "sanitize.css",
    "sass", "semantic-ui-css", "sequelize-cli", "serve", "sharp", "snappy", "source-map-support", "sql.js", "sqlite", "sqlite3",
    "stream-browserify", "stream-http", "stylus", "svelte", "swagger-ui-dist", "systemjs", "tachyons", "tailwindcss", "tarn", "tedious",
    "terser", "ts-node", "tslib", "tsx", "typeorm", "typescript", "uikit", "url", "utf-8-validate", "util", "vue", "whatwg-fetch", "ws",
    "yarn", "zone.js", "zx",
];

/// Parts of names of npm packages that other tools load by name.
#[rustfmt::skip]
const NPM_TOOL_PARTS: [&str; 56] = [
    "-bin", "-cli", "/cli", "@nuxt", "@tsconfig", "adapter", "angular", "babel", "browserify", "bulma", "capacitor", "commitlint",
    "config", "cordova", "css", "cypress", "darwin", "docusaurus", "driver", "esbuild", "eslint", "expo", "font", "grunt", "gulp",
    "icons", "jest", "karma", "lint", "linux", "loader", "mocha", "parcel", "platform", "playwright", "plugin", "polyfill", "postcss",
    "preset", "prettier", "react-native", "rollup", "runtime", "semantic-release", "storybook", "swc", "tailwind", "theme", "transformer",
    "tsconfig", "typedoc", "types", "vite", "wasm", "webpack", "win32",
];

/// Python packages and their modules.
#[rustfmt::skip]
const PYTHON_MODULES: [(&str, &[&str]); 115] = [
    ("aiohttp", &["aiohttp"]), ("alembic", &["alembic"]), ("arrow", &["arrow"]), ("attrs", &["attr", "attrs"]), ("babel", &["babel"]),
    ("beautifulsoup4", &["bs4"]), ("bleach", &["bleach"]), ("boto", &["boto"]), ("boto3", &["boto3"]), ("cachetools", &["cachetools"]),
    ("cairosvg", &["cairosvg"]), ("cattrs", &["cattr", "cattrs"]), ("celery", &["celery"]), ("chardet", &["chardet"]),
    ("click", &["click"]), ("docker", &["docker"]), ("docopt", &["docopt"]), ("elasticsearch", &["elasticsearch"]),
    ("fabric", &["fabric"]), ("fastapi", &["fastapi"]), ("feedparser", &["feedparser"]), ("filelock", &["filelock"]),
    ("flask", &["flask"]), ("flask-cors", &["flask_cors"]), ("flask-login", &["flask_login"]), ("flask-migrate", &["flask_migrate"]),
    ("flask-sqlalchemy", &["flask_sqlalchemy"]), ("flask-wtf", &["flask_wtf"]), ("gensim", &["gensim"]), ("gitpython", &["git"]),
    ("h5py", &["h5py"]), ("httpx", &["httpx"]), ("humanize", &["humanize"]), ("inflection", &["inflection"]), ("jinja2", &["jinja2"]),
    ("jmespath", &["jmespath"]), ("joblib", &["joblib"]), ("jsonschema", &["jsonschema"]), ("lightgbm", &["lightgbm"]),
    ("loguru", &["loguru"]), ("markdown", &["markdown"]), ("marshmallow", &["marshmallow"]),
    ("matplotlib", &["matplotlib", "pylab", "mpl_toolkits"]), ("mock", &["mock"]), ("more-itertools", &["more_itertools"]),
    ("msgpack", &["msgpack"]), ("nltk", &["nltk"]), ("numpy", &["numpy"]), ("openai", &["openai"]), ("opencv-python", &["cv2"]),
    ("opencv-python-headless", &["cv2"]), ("pandas", &["pandas"]), ("paramiko", &["paramiko"]), ("passlib", &["passlib"]),
    ("peewee", &["peewee", "playhouse"]), ("pendulum", &["pendulum"]), ("pillow", &["PIL"]), ("plotly", &["plotly"]),
    ("polars", &["polars"]), ("prettytable", &["prettytable"]), ("prometheus-client", &["prometheus_client"]), ("psutil", &["psutil"]),
    ("pycryptodome", &["Crypto"]), ("pycryptodomex", &["Cryptodome"]), ("pydantic", &["pydantic"]),
    ("pydantic-settings", &["pydantic_settings"]), ("pyjwt", &["jwt"]), ("pymongo", &["pymongo", "bson", "gridfs"]),
    ("pyparsing", &["pyparsing"]), ("pyserial", &["serial"]), ("python-dateutil", &["dateutil"]), ("python-dotenv", &["dotenv"]),
    ("python-jose", &["jose"]), ("python-slugify", &["slugify"]), ("pytz", &["pytz"]), ("pyyaml", &["yaml"]), ("pyzmq", &["zmq"]),
    ("regex", &["regex"]), ("requests", &["requests"]), ("rich", &["rich"]), ("ruamel-yaml", &["ruamel.yaml", "ruamel_yaml"]),
    ("scikit-image", &["skimage"]), ("scikit-learn", &["sklearn"]), ("scipy", &["scipy"]), ("scrapy", &["scrapy"]),
    ("seaborn", &["seaborn"]), ("selenium", &["selenium"]), ("simplejson", &["simplejson"]), ("six", &["six"]),
    ("sqlalchemy", &["sqlalchemy"]), ("sqlmodel", &["sqlmodel"]), ("starlette", &["starlette"]), ("sympy", &["sympy"]),
    ("tabulate", &["tabulate"]), ("tenacity", &["tenacity"]), ("termcolor", &["termcolor"]), ("toml", &["toml"]),
    ("tomlkit", &["tomlkit"]), ("toolz", &["toolz"]), ("torch", &["torch"]), ("torchvision", &["torchvision"]), ("tornado", &["tornado"]),
    ("tqdm", &["tqdm"]), ("transformers", &["transformers"]), ("trio", &["trio"]), ("twisted", &["twisted"]), ("typer", &["typer"]),
    ("ujson", &["ujson"]), ("unidecode", &["unidecode"]), ("urllib3", &["urllib3"]), ("validators", &["validators"]),
    ("werkzeug", &["werkzeug"]), ("wtforms", &["wtforms"]), ("xlsxwriter", &["xlsxwriter"]), ("xmltodict", &["xmltodict"]),
];

/// Python packages that run, or that other packages load when they are there.
#[rustfmt::skip]
const PYTHON_TOOLS: [&str; 150] = [
    "accelerate", "aiosqlite", "altair", "argon2-cffi", "asyncpg", "attrs", "bcrypt", "bitsandbytes", "black", "blinker", "bokeh",
    "bottleneck", "brotli", "bumpversion", "cachetools", "certifi", "cffi", "chardet", "charset-normalizer", "click",
    "clickhouse-sqlalchemy", "colorama", "coverage", "cryptography", "cx-oracle", "cython", "daphne", "decorator", "django-debug-toolbar",
    "einops", "email-validator", "eventlet", "fastparquet", "filelock", "flower", "gevent", "greenlet", "gunicorn", "hiredis", "html5lib",
    "httptools", "hypercorn", "ibm-db", "idna", "importlib-metadata", "importlib-resources", "ipdb", "ipykernel", "ipython", "ipywidgets",
    "isort", "itsdangerous", "jinja2", "jmespath", "joblib", "jsonschema", "jupyter", "jupyterlab", "kaleido", "librosa", "lxml",
    "markupsafe", "matplotlib", "more-itertools", "msgpack", "mypy", "mypy-extensions", "mysqlclient", "nbconvert", "notebook", "nox",
    "numexpr", "openpyxl", "oracledb", "orjson", "packaging", "pip", "pip-tools", "plotly", "poetry", "pre-commit", "protobuf", "psycopg",
    "psycopg-binary", "psycopg2", "psycopg2-binary", "pyarrow", "pyasn1", "pyhive", "pylint", "pymssql", "pymysql", "pyodbc", "pyopenssl",
    "pyparsing", "pyright", "pysocks", "pytest", "python-dateutil", "python-magic-bin", "python-multipart", "pytz",
    "pytz-deprecation-shim", "pywin32", "redis", "regex", "ruff", "seaborn", "sentencepiece", "service-identity", "setuptools",
    "setuptools-rust", "setuptools-scm", "simplejson", "six", "snowflake-sqlalchemy", "soundfile", "sqlalchemy-utils", "sqlparse",
    "starlette", "supervisor", "tables", "tiktoken", "toml", "tomli", "tox", "twine", "typing-extensions", "tzdata", "tzlocal", "urllib3",
    "uvicorn", "uvloop", "uwsgi", "versioneer", "virtualenv", "waitress", "watchdog", "watchfiles", "websocket-client", "websockets",
    "werkzeug", "wheel", "whitenoise", "win-unicode-console", "xlrd", "xlwt", "yapf", "zipp", "zope-interface",
];

/// Beginnings of names of plugins and the like.
const PYTHON_TOOL_STARTS: [&str; 17] = [
    "apache-airflow",
    "coverage",
    "django",
    "drf",
    "flake8",
    "jupyter",
    "llama",
    "mkdocs",
    "mypy",
    "opentelemetry",
    "pylint",
    "pytest",
    "sphinx",
    "tensorflow",
    "types-",
    "wagtail",
    "zope",
];

/// Whether an npm package may be used without an import.
pub(super) fn is_npm_tool(name: &str) -> bool {
    NPM_TOOLS.contains(&name) || NPM_TOOL_PARTS.iter().any(|part| name.contains(part))
}

/// Whether a Python package may be used without an import.
pub(super) fn is_python_tool(name: &str) -> bool {
    let is_part = name.ends_with("-stubs") || name.ends_with("-plugin") || name.ends_with("-cli");
    is_part || PYTHON_TOOLS.contains(&name) || PYTHON_TOOL_STARTS.iter().any(|start| name.starts_with(start))
}

/// The modules of a known Python package.
pub(super) fn python_modules(name: &str) -> Option<&'static [&'static str]> {
    PYTHON_MODULES.iter().find(|(package, _)| *package == name).map(|(_, modules)| *modules)
}
