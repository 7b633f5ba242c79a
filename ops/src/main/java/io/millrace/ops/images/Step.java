package io.millrace.ops.images;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** What one group of workers does with each picture. Thread-safe. */
sealed interface Step permits ThumbnailStep, ScanStep {
    /** Its name, from which the consumer group's comes. */
    String name();

    /**
     * Makes the result. It may be made again, by this worker or another.
     *
     * @throws IOException if the store fails
     */
    Result of(BufferedImage picture) throws ImageFailure, IOException;

    /** What is reported to the database. */
    interface Result {
        /** Writes it, such that writing it again changes nothing. */
        void write(Connection connection, Upload upload) throws SQLException;

        /** What it is, in a few words for people. */
        String summary();
    }
}
