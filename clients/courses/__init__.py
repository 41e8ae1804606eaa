"""Course booking: the list is public, booking needs a sign-in, no business."""
