package io.millrace.ops.images;

import io.millrace.ops.images.ImageFailure.Reason;
import java.awt.image.BufferedImage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;

/** Has a picture's content checked. */
final class ScanStep implements Step {
    private static final int MAX_FOUND = 500;

    private static final String UPSERT = """
            INSERT INTO scans (upload_id, object, verdict, found) VALUES (?, ?, ?, ?)
            ON CONFLICT (upload_id) DO UPDATE SET object = excluded.object, verdict = excluded.verdict,
                found = excluded.found, scanned_at = now()
            WHERE (scans.object, scans.verdict, scans.found)
                IS DISTINCT FROM (excluded.object, excluded.verdict, excluded.found)
            """;

    private final ContentCheck check;

    /** A scan by that check. */
    ScanStep(ContentCheck check) {
        this.check = check;
    }

    /**
     * A verdict.
     *
     * @param found what speaks against the picture; empty if nothing does
     */
    record Scanned(Optional<String> found) implements Result {
        @Override
        public void write(Connection connection, Upload upload) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(UPSERT)) {
                statement.setLong(1, upload.id());
                statement.setString(2, upload.object());
                statement.setString(3, summary());
                statement.setString(
                        4,
                        found.map(text -> text.substring(0, Math.min(text.length(), MAX_FOUND)))
                                .orElse(""));
                statement.executeUpdate();
            }
        }

        @Override
        public String summary() {
            return found.isEmpty() ? "clean" : "rejected";
        }
    }

    @Override
    public String name() {
        return "scan";
    }

    @Override
    public Scanned of(BufferedImage picture) throws ImageFailure {
        try {
            return new Scanned(check.find(picture));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageFailure(Reason.CHECK_FAILED, "the check " + check.name() + " was interrupted", e);
        } catch (Exception e) {
            throw new ImageFailure(Reason.CHECK_FAILED, "the check " + check.name() + " failed: " + e.getMessage(), e);
        }
    }
}
