package io.millrace.ops.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Pictures by the SHA-256 of their bytes: a folder in the place of an object store. Who stores the same bytes twice has stored them
 * once, so that a worker may do so as often as it likes. Thread-safe, also between processes.
 */
final class ImageStore {
    /** The most bytes of a picture. */
    static final int MAX_BYTES = 32 << 20;

    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");

    private final Path folder;

    ImageStore(Path folder) throws IOException {
        this.folder = folder.toAbsolutePath();
        for (Kind kind : Kind.values()) {
            Files.createDirectories(folder(kind));
        }
    }

    /** What pictures are; each kind has a folder. */
    enum Kind {
        /** As they were uploaded. */
        ORIGINAL("originals"),
        /** As workers made them. */
        THUMBNAIL("thumbnails");

        private final String folder;

        Kind(String folder) {
            this.folder = folder;
        }
    }

    private Path folder(Kind kind) {
        return folder.resolve(kind.folder);
    }

    /** Stores a picture and returns its name. It is on the disk, and never there by half, when this returns. */
    String put(Kind kind, byte[] bytes) throws IOException {
        String name = sha256(bytes);
        Path file = folder(kind).resolve(name);
        if (!Files.exists(file)) {
            Path half = Files.createTempFile(folder(kind), name, ".half");
            try (FileChannel channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return name;
    }

    /** A picture, of a larger one a byte more than {@link #MAX_BYTES}; empty where there is none of that name. */
    Optional<byte[]> get(Kind kind, String name) throws IOException {
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(folder(kind).resolve(name))) {
            return Optional.of(in.readNBytes(MAX_BYTES + 1));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
