//! The mirror and the C header agree: a C compiler prints the header's layout, Rust its own.

use std::{mem::offset_of, process::Command};

use aftercare_plugin_abi::layout::{Buffer, Call, Header, HostTable, PluginTable, Slice};

macro_rules! layout {
    ($($c:literal: $rust:ty { $($field:ident),* $(,)? })*) => {{
        let mut program = String::new();
        let mut rust = String::new();
        $(
            program.push_str(concat!("  printf(\"", $c, " %zu\\n\", sizeof(", $c, "));\n"));
            rust.push_str(&format!("{} {}\n", $c, size_of::<$rust>()));
            $(
                program.push_str(concat!("  printf(\"", $c, ".", stringify!($field), " %zu\\n\", offsetof(", $c, ", ", stringify!($field), "));\n"));
                rust.push_str(&format!("{}.{} {}\n", $c, stringify!($field), offset_of!($rust, $field)));
            )*
        )*
        (program, rust)
    }};
}

#[test]
fn the_c_compiler_lays_every_struct_out_as_the_mirror_does() {
    let (body, rust) = layout! {
        "ac_slice": Slice { ptr, len }
        "ac_buffer": Buffer { ptr, len, capacity, release }
        "ac_header": Header { magic, size, major, minor, reserved }
        "ac_call": Call { header, context }
        "ac_host": HostTable { header, log, metric, progress, now_micros, remaining_micros, cancelled, secret, traceparent, state_get, state_put, state_delete }
        "ac_plugin": PluginTable { header, context, describe, configure, check, discover, read, lookup, write, decode_webhook, close }
    };
    let constants = "  printf(\"%u %d %d %d %d %d %d %d\\n\", AC_ABI_MAGIC, AC_ABI_MAJOR, AC_ABI_MINOR, AC_OK, AC_ERROR, AC_ABI_MISMATCH, AC_PANIC, AC_NOT_FOUND);\n";
    let program = format!(
        "#include <stdio.h>\n#include \"aftercare_plugin.h\"\nint main(void) {{\n{body}{constants}  return 0;\n}}\n"
    );
    let directory = std::env::temp_dir().join(format!("aftercare-abi-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (source, binary) = (directory.join("layout.c"), directory.join("layout"));
    std::fs::write(&source, program).unwrap();
    let header = concat!(env!("CARGO_MANIFEST_DIR"), "/../include");
    let compiled = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", header, "-o"])
        .args([&binary, &source])
        .output()
        .expect("a C compiler named cc");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let printed = Command::new(&binary).output().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    use aftercare_plugin_abi::layout as abi;
    let numbers = format!(
        "{} {} {} {} {} {} {} {}\n",
        abi::ABI_MAGIC,
        abi::ABI_MAJOR,
        abi::ABI_MINOR,
        abi::OK,
        abi::ERROR,
        abi::ABI_MISMATCH,
        abi::PANIC,
        abi::NOT_FOUND
    );
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), rust + &numbers);
}
