package io.millrace.ops.stack;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A data directory as initdb makes it, made once in this process: the servers of a stack begin with copies of it, which take a tenth
 * of the time. It goes with the process.
 */
final class PostgresTemplate {
    private static final List<String> OF_A_RUNNING_SERVER = List.of("postmaster.pid", "postmaster.opts", "epg-lock");

    /** By it a server's data is known. It is copied last, so that data which was copied in part is not taken for all. */
    private static final String LAST = "postgresql.conf";

    private static Path template;

    private PostgresTemplate() {}

    /** Whether a directory holds a server's data, all of it. */
    static boolean isComplete(Path directory) {
        return Files.exists(directory.resolve(LAST));
    }

    /** Makes a data directory, or goes on with one that is not complete. */
    static void copyTo(Path directory) throws IOException {
        Path source = template();
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (!OF_A_RUNNING_SERVER.contains(name) && !file.equals(source.resolve(LAST))) {
                    copy(file, directory.resolve(source.relativize(file).toString()));
                }
            }
        }
        copy(source.resolve(LAST), directory.resolve(LAST));
    }

    /** With its rights: a server refuses a directory that others may read. */
    private static void copy(Path file, Path copy) throws IOException {
        if (Files.isDirectory(file)) {
            Files.createDirectories(copy);
            Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(file));
        } else {
            Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static synchronized Path template() throws IOException {
        if (template == null) {
            Path made = Files.createTempDirectory("millrace-postgres");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(made), "postgres-template"));
            EmbeddedPostgres.builder()
                    .setDataDirectory(made)
                    .setCleanDataDirectory(false)
                    .setServerConfig("fsync", "off")
                    .start()
                    .close();
            template = made;
        }
        return template;
    }

    private static void deleteQuietly(Path directory) {
        try {
            delete(directory);
        } catch (IOException | UncheckedIOException e) {
            // It lies where temporary files do, and what is left harms nobody.
            return;
        }
    }

    /** Deletes a directory with all that is in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
