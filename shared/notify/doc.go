// Package notify tells the owner what happened: by signed webhooks, in chats, by e-mail.
//
// What there is to tell is in the outboxes of the records (see package event). Whoever
// stores a record with events sends a [Look] for it; [Teller] reads the record, makes a
// [Delivery] of each event for each [Channel] that wants it, and takes the events out.
// [Sender] sends the deliveries, and tries for three days. A message is a hint only: what
// it is about is found without it, by the due index and by rounds over the other records.
//
// So everything is told at least once: receivers know by a notice's id what they have
// already, and by its sequence number what came before.
package notify
