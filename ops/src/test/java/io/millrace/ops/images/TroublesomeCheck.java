package io.millrace.ops.images;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The content check that is built in, but for pictures with which it does not get done, told by their width. */
public final class TroublesomeCheck implements ContentCheck {
    /** Ends its worker, as a decoder does that takes all memory. */
    static final int DEADLY_WIDTH = 333;

    /** Takes longer than anybody waits. */
    static final int SLOW_WIDTH = 334;

    private final KnownPictures known = new KnownPictures();

    @Override
    public String name() {
        return "troublesome";
    }

    @Override
    public void configure(Map<String, String> properties) {
        known.configure(properties);
    }

    @Override
    public Optional<String> find(BufferedImage picture) throws InterruptedException, IOException {
        if (picture.getWidth() == DEADLY_WIDTH) {
            throw new OutOfMemoryError("of the test");
        }
        if (picture.getWidth() == SLOW_WIDTH) {
            Thread.sleep(60_000);
        }
        return known.find(picture);
    }
}
