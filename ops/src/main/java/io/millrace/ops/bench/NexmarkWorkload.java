package io.millrace.ops.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Nexmark's persons, auctions and bids, with what its generator leaves out: rows that are corrected and withdrawn. Auctions get
 * most of their bids while they are new, and some sellers and bidders do more than others, as in the original.
 */
final class NexmarkWorkload implements Workload {
    private static final long START_MICROS = 1_704_067_200_000_000L;
    private static final long STEP_MICROS = 10_000;
    private static final int OPEN_AUCTIONS = 100;
    private static final int ACTIVE_PEOPLE = 1_000;
    private static final int CATEGORIES = 5;
    private static final List<String> STATES = List.of("AZ", "CA", "ID", "OR", "WA", "WY");
    private static final List<String> CITIES =
            List.of("Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle");
    private static final List<String> CHANNELS = List.of("Google", "Facebook", "Baidu", "Apple");

    private final Random random = new Random(42);
    private final int people;
    private final int auctions;
    private final int bids;
    private final List<Object[]> livePeople = new ArrayList<>();
    private final List<Object[]> liveAuctions = new ArrayList<>();
    private final List<Object[]> liveBids = new ArrayList<>();
    private long nextPerson = 1;
    private long nextAuction = 1;
    private long nextBid = 1;
    private long nowMicros = START_MICROS;

    /** A workload in which changes of people, auctions and bids are as frequent as these three. */
    NexmarkWorkload(int people, int auctions, int bids) {
        this.people = people;
        this.auctions = auctions;
        this.bids = bids;
    }

    @Override
    public void run(int changes, TableChanges tables) {
        for (int i = 0; i < changes; i++) {
            nowMicros += STEP_MICROS;
            int kind = random.nextInt(people + auctions + bids);
            if (kind < people) {
                changePerson(tables);
            } else if (kind < people + auctions) {
                changeAuction(tables);
            } else {
                changeBid(tables);
            }
        }
    }

    private void changePerson(TableChanges tables) {
        int kind = random.nextInt(100);
        if (kind < 50 || livePeople.isEmpty()) {
            long id = nextPerson++;
            Object[] person = {
                id,
                "Name " + random.nextInt(1_000) + " Surname " + random.nextInt(1_000),
                "person" + id + "@example.org",
                "1234 5678 " + random.nextInt(10_000),
                any(CITIES),
                any(STATES),
                nowMicros,
                "extra of a person " + random.nextInt()
            };
            livePeople.add(person);
            tables.put("person", person);
        } else if (kind < 95) {
            int place = random.nextInt(livePeople.size());
            Object[] person = livePeople.get(place).clone();
            person[4] = any(CITIES);
            person[5] = any(STATES);
            livePeople.set(place, person);
            tables.put("person", person);
        } else {
            tables.delete("person", taken(livePeople)[0]);
        }
    }

    private void changeAuction(TableChanges tables) {
        int kind = random.nextInt(100);
        if (kind < 60 || liveAuctions.isEmpty()) {
            long id = nextAuction++;
            Object[] auction = {
                id,
                "item " + random.nextInt(10_000),
                "a description of what is sold, which is a few words long " + random.nextInt(),
                (long) random.nextInt(1_000),
                (long) random.nextInt(10_000),
                nowMicros,
                nowMicros + (10 + random.nextInt(50)) * 1_000_000L,
                recent(nextPerson, ACTIVE_PEOPLE),
                10L + random.nextInt(CATEGORIES),
                "extra of an auction " + random.nextInt()
            };
            liveAuctions.add(auction);
            tables.put("auction", auction);
        } else if (kind < 95) {
            int place = random.nextInt(liveAuctions.size());
            Object[] auction = liveAuctions.get(place).clone();
            auction[4] = (long) random.nextInt(10_000);
            if (random.nextInt(10) == 0) {
                auction[8] = 10L + random.nextInt(CATEGORIES);
            }
            liveAuctions.set(place, auction);
            tables.put("auction", auction);
        } else {
            tables.delete("auction", taken(liveAuctions)[0]);
        }
    }

    private void changeBid(TableChanges tables) {
        int kind = random.nextInt(100);
        if (kind < 75 || liveBids.isEmpty()) {
            Object[] bid = {
                nextBid++,
                recent(nextAuction, OPEN_AUCTIONS),
                recent(nextPerson, ACTIVE_PEOPLE),
                100L + random.nextInt(1_000_000),
                any(CHANNELS),
                "https://www.nexmark.com/a/b/item.htm?query=1&channel_id=" + random.nextInt(100),
                nowMicros,
                "extra of a bid " + random.nextInt()
            };
            liveBids.add(bid);
            tables.put("bid", bid);
        } else if (kind < 95) {
            int place = random.nextInt(liveBids.size());
            Object[] bid = liveBids.get(place).clone();
            bid[3] = 100L + random.nextInt(1_000_000);
            liveBids.set(place, bid);
            tables.put("bid", bid);
        } else {
            tables.delete("bid", taken(liveBids)[0]);
        }
    }

    /** One of the last ids, half of the time one of the very last; any of the first where no such rows are made. */
    private long recent(long next, int window) {
        int span = random.nextBoolean() ? Math.max(1, window / 10) : window;
        long id = next - 1 - random.nextInt(span);
        return id >= 1 ? id : 1 + random.nextInt(window);
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private Object[] taken(List<Object[]> rows) {
        int place = random.nextInt(rows.size());
        Object[] row = rows.get(place);
        rows.set(place, rows.get(rows.size() - 1));
        rows.remove(rows.size() - 1);
        return row;
    }
}
