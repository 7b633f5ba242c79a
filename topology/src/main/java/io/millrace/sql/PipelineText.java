package io.millrace.sql;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * All that decides on a pipeline's plan, as text, so that it can be kept and planned again.
 *
 * @param database the logical database, which names captured tables' topics
 * @param tables what tables.sql holds
 * @param views what views.sql holds
 */
public record PipelineText(String database, String tables, String views) {

    /** The views. @throws UserError the first mistake, if there is one */
    public List<ViewDefinition> definitions() {
        return read().views();
    }

    /** The sinks. @throws UserError the first mistake, if there is one */
    public List<Sink> sinks() {
        return read().sinks().stream().map(SinkDefinition::sink).toList();
    }

    private ViewsFile.Reading read() {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(tables, "tables.sql", database, errors);
        ViewsFile.Reading reading = ViewsFile.readAll(views, "views.sql", catalog, errors);
        if (!errors.isEmpty()) {
            throw errors.get(0);
        }
        return reading;
    }

    /** A digest: other text, another digest. */
    public String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : List.of(database, tables, views)) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
