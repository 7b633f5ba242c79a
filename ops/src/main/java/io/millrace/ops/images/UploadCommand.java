package io.millrace.ops.images;

import io.millrace.catalog.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace images upload}: stores pictures and writes their rows. */
@Command(name = "upload", description = "Upload pictures: of files, or made for the purpose.")
final class UploadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ImagesAccess access;

    @Parameters(paramLabel = "FILE", arity = "0..*", description = "Pictures to upload; none: make some.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--count", paramLabel = "N", description = "How many to make; default: ${DEFAULT-VALUE}.")
    private int count = 10;

    @Option(
            names = "--corrupt",
            paramLabel = "N",
            description = "How many of them workers cannot read; default: ${DEFAULT-VALUE}.")
    private int corrupt;

    @Option(
            names = "--rejected",
            paramLabel = "N",
            description = "How many of them the demo's scan rejects; default: ${DEFAULT-VALUE}.")
    private int rejected;

    @Option(names = "--user", paramLabel = "ID", description = "Whose the files are; default: ${DEFAULT-VALUE}.")
    private long user = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "The seed of those that are made: the same gives the same pictures; default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Override
    public Integer call() throws IOException, SQLException {
        if (count < 0 || corrupt < 0 || rejected < 0 || (long) corrupt + rejected > count) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "of " + count + " pictures, " + corrupt + " cannot be corrupt and " + rejected + " rejected",
                    "--corrupt and --rejected together are at most --count");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (UploadWriter writer = new UploadWriter(access.store(), access.shards())) {
            if (files.isEmpty()) {
                make(new DemoUploads(writer, seed));
                out.println(count + " pictures uploaded");
            }
            for (Path file : files) {
                long id = writer.upload(user, file.getFileName().toString(), bytes(file));
                out.println(file + " is upload " + id);
            }
        }
        return 0;
    }

    /** Those that are corrupt come first, then those that are to be rejected, so that what becomes of them is seen soon. */
    private void make(DemoUploads uploads) throws IOException, SQLException {
        for (int i = 0; i < count; i++) {
            uploads.next(
                    i < corrupt
                            ? DemoUploads.Kind.CORRUPT
                            : i < corrupt + rejected ? DemoUploads.Kind.KNOWN : DemoUploads.Kind.GOOD);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            if (Files.size(file) > ImageStore.MAX_BYTES) {
                throw UserError.of(
                        UserError.Category.USAGE,
                        file + " has more than " + ImageStore.MAX_BYTES + " bytes",
                        "that is the most of a picture");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw UserError.of(UserError.Category.USAGE, "the file " + file + " cannot be read: " + e, null);
        }
    }
}
