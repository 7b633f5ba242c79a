package io.millrace.ops.images;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import net.coobird.thumbnailator.Thumbnails;

/** Makes three thumbnails of a picture. */
final class ThumbnailStep implements Step {
    /** The longest side of each, in pixels. A smaller picture stays as it is. */
    static final List<Integer> SIZES = List.of(960, 320, 96);

    private static final int STRIP = 64;

    private static final double QUALITY = 0.82;

    private static final String UPSERT = """
            INSERT INTO thumbnails (upload_id, size, object, width, height, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (upload_id, size) DO UPDATE SET object = excluded.object, width = excluded.width,
                height = excluded.height, bytes = excluded.bytes, sha256 = excluded.sha256, made_at = now()
            WHERE (thumbnails.object, thumbnails.width, thumbnails.height, thumbnails.bytes, thumbnails.sha256)
                IS DISTINCT FROM (excluded.object, excluded.width, excluded.height, excluded.bytes, excluded.sha256)
            """;

    private final ImageStore store;

    /** Thumbnails that go to that store. */
    ThumbnailStep(ImageStore store) {
        this.store = store;
    }

    /** One of the three. */
    record Thumbnail(int size, int width, int height, int bytes, String sha256) {}

    /** All of them. */
    record Made(List<Thumbnail> thumbnails) implements Result {
        @Override
        public void write(Connection connection, Upload upload) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(UPSERT)) {
                for (Thumbnail thumbnail : thumbnails) {
                    statement.setLong(1, upload.id());
                    statement.setInt(2, thumbnail.size);
                    statement.setString(3, upload.object());
                    statement.setInt(4, thumbnail.width);
                    statement.setInt(5, thumbnail.height);
                    statement.setInt(6, thumbnail.bytes);
                    statement.setString(7, thumbnail.sha256);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
        }

        @Override
        public String summary() {
            return thumbnails.size() + " thumbnails";
        }
    }

    @Override
    public String name() {
        return "thumbnails";
    }

    @Override
    public Made of(BufferedImage picture) throws IOException {
        List<Thumbnail> thumbnails = new ArrayList<>();
        BufferedImage opaque = opaque(picture);
        for (int size : SIZES) {
            int side = Math.min(size, Math.max(picture.getWidth(), picture.getHeight()));
            BufferedImage scaled = Thumbnails.of(opaque).size(side, side).asBufferedImage();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Thumbnails.of(scaled)
                    .scale(1)
                    .outputFormat("jpg")
                    .outputQuality(QUALITY)
                    .toOutputStream(out);
            byte[] bytes = out.toByteArray();
            String sha256 = store.put(ImageStore.Kind.THUMBNAIL, bytes);
            thumbnails.add(new Thumbnail(size, scaled.getWidth(), scaled.getHeight(), bytes.length, sha256));
        }
        return new Made(thumbnails);
    }

    /** JPEG has no transparency: what shines through is white. */
    private static BufferedImage opaque(BufferedImage picture) {
        if (picture.getType() == BufferedImage.TYPE_INT_RGB) {
            return picture;
        }
        BufferedImage opaque = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        var graphics = opaque.createGraphics();
        // By strips: of what is drawn, a copy may be made.
        for (int y = 0; y < picture.getHeight(); y += STRIP) {
            int height = Math.min(STRIP, picture.getHeight() - y);
            graphics.drawImage(picture.getSubimage(0, y, picture.getWidth(), height), 0, y, Color.WHITE, null);
        }
        graphics.dispose();
        return opaque;
    }
}
