package io.millrace.ops.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Files that pages refer to, each under a path with the hash of what it holds: a changed file has another path, so that caches may keep
 * each for good and none need be purged. Read once. Immutable.
 */
final class Assets {
    /** What such paths begin with. */
    static final String FRONT = "/assets/";

    private static final int HASH_DIGITS = 16;
    private static final Map<String, String> TYPES = Map.of(
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "js", "text/javascript; charset=utf-8");

    private final Map<String, Asset> byName = new TreeMap<>();

    /**
     * A file.
     *
     * @param path where it is
     * @param mediaType its type
     * @param hash of its bytes
     */
    record Asset(String path, String mediaType, String hash, byte[] bytes) {}

    private Assets() {}

    /** The files of a folder. */
    static Assets read(Path folder) throws IOException {
        Assets assets = new Assets();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                byte[] bytes = Files.readAllBytes(file);
                String hash = hash(bytes);
                String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
                assets.byName.put(name, new Asset(FRONT + hash + "/" + name, type, hash, bytes));
            }
        }
        return assets;
    }

    /** Digits that tell what bytes these are. */
    static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The path of a file of that name. */
    String path(String name) {
        return byName.get(name).path();
    }

    /** What is at a path: nothing where the file is not, or no longer, of that hash. */
    Optional<Asset> at(String path) {
        Asset found = byName.get(path.substring(path.lastIndexOf('/') + 1));
        return Optional.ofNullable(found).filter(asset -> asset.path().equals(path));
    }
}
