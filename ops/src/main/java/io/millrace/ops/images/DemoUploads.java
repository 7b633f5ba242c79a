package io.millrace.ops.images;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Random;

/** Pictures that are uploaded one after the other: the same seed gives the same ones. Used by one thread. */
final class DemoUploads {
    private static final String[] PLACES = {
        "harbour", "ferry", "old town", "night market", "bridge", "garden", "station"
    };

    /** So many good pictures there are, so that a store that is filled for hours stays small. */
    private static final int PICTURES = 200;

    private static final int USERS = 12;

    private final UploadWriter writer;
    private final Random random;
    private long count;
    private long corrupt;

    /** Uploads by that writer. */
    DemoUploads(UploadWriter writer, long seed) {
        this.writer = writer;
        this.random = new Random(seed);
    }

    /** What a picture is. */
    enum Kind {
        /** Nothing is wrong with it. */
        GOOD,
        /** The scan rejects it. */
        KNOWN,
        /** Workers cannot read it. */
        CORRUPT
    }

    /** Uploads the next one and returns the upload's id. */
    long next(Kind kind) throws IOException, SQLException {
        long number = ++count;
        long picture = random.nextInt(PICTURES);
        byte[] bytes =
                switch (kind) {
                    case GOOD -> GeneratedPicture.good(picture);
                    case KNOWN -> GeneratedPicture.known(picture);
                    case CORRUPT -> GeneratedPicture.corrupt(corrupt++);
                };
        String name = PLACES[random.nextInt(PLACES.length)] + " " + number + ".jpg";
        return writer.upload(1 + random.nextInt(USERS), name, bytes);
    }
}
