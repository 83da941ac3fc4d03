"""Order to technical lines to plan, explained. Pure: `now` is a parameter, same input gives same bytes."""
